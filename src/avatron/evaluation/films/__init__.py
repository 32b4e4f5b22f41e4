"""Films of several systems that show the same sentences: what listening tests and galleries are made of."""
