"""The paths from end to end: script -> speech -> motion -> pictures -> files."""
