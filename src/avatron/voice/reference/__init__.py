"""Saying a text the way a short recording was said: its tempo, melody, loudness and pauses, by measured numbers."""
