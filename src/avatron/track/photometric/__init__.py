"""Refinement of a fit by the pictures themselves: albedo, light, outlines; `refine` is the way in."""
