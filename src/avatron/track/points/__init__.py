"""Landmarks read a second time, by a network that knows our head: where its 478 points are, and how surely."""
