"""Motion that lives beside speech: blinks, gaze, head, brows, breathing; pure functions of time and a seed."""
