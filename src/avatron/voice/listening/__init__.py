"""Recorded speech as the text encoder would have it: text embedding, phonemes and durations from sound alone."""
