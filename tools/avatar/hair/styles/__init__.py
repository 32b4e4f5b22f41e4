"""The hairstyles of the preset people, one a file."""
