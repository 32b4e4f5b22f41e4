"""Stages of `tools/build_avatar.py`: raw parts in, our own skin, hair, garment and eyes out."""
