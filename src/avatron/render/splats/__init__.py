"""A person drawn with Gaussians that ride on triangles: what moves them, what they look like, what draws them."""
