"""From a plain folder of recordings and texts to an aligned corpus."""
