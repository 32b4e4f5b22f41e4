"""Training what reads the landmarks of our head from pictures of faces whose shape is known."""
