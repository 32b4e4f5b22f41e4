"""Training of the avatar decoder: what it learns from, networks, losses and the loop."""
