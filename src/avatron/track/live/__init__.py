"""A face as it moves: the causal half of the tracker, for cameras and pipes."""
