"""Phonemes to speech: durations, prosody, mel and waveform, without torch."""
