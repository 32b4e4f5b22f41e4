"""Drawn faces with known landmarks."""
