"""What is compared: animators, and what costs nothing: the truth, its mean, its nearest neighbour."""
