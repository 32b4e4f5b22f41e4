"""Sound as numbers: the one mel, framing and windows, pitch, loudness."""
