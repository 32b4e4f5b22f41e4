"""From the video of a person to the motion of a 3D head."""
