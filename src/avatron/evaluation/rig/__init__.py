"""How well a head moves: what is drawn and measured of its expressions, and of the worst of them together."""
