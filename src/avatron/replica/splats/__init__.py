"""The full likeness: Gaussians on the tracked head and on sheets beside it, finished by a network."""
