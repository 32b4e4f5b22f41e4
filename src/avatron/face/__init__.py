"""The head model: its shape, its parts, its regions and its landmarks."""
