"""Lips seen in the pixels: a dense contour, how far the lips are apart, and whether they are closed."""
