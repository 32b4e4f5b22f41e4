"""The families of the field, each learned from the same frames of one film, and drawn with the same motion."""
