"""The shipped decoder of motion, made one person's: what it learns from a clip of them, and how little is stored."""
