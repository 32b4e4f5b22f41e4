"""Animators against the truth and against one another: the field's measures, on our data and in public protocols."""
