"""From the tracked video of a person to the Gaussians and the network that draw the person."""
