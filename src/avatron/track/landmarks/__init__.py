"""478 landmarks of a person's face in each frame of a clip."""
