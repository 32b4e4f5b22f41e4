"""A track drawn over its video: what was seen, what the model says, how far they are apart, and the curves under it."""
