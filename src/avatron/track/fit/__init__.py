"""From landmarks to a person: camera, identity, and the pose, expression and gaze of each frame."""
