"""The draft likeness: the tracked head with its texture, over the scene that it was filmed in."""
