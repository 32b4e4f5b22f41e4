"""avatron: make a person talk from text."""
