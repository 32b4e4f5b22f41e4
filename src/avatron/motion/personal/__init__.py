"""How one person moves, as a video has shown it: habits, limits, and a mouth of their own; no torch."""
