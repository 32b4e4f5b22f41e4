"""Appearance of a person: from tracked video to Gaussians on a head, and what is learned beside them."""
