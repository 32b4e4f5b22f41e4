"""Avatars and their speech for other programs: GLB, USD and OBJ, all of them made from one description of a person."""
