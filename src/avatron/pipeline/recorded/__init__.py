"""Recorded speech to a talking face: the way in that begins with a sound file."""
