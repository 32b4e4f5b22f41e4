"""Script to phonemes."""
