"""How near a track is to the truth: films whose truth is known, films of real people, and baselines in the same run."""
