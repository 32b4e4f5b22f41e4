"""Proof by looking: contact sheets, turntables, and how far two pictures are apart to the eye."""
