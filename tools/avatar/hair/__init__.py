"""Hair: strands that grow on any head along a drawn comb, and what is made of them."""
