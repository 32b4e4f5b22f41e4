"""Training what reads lips from pictures of mouths whose shape is known."""
