"""How good a result is: measures with units, directions and citations."""
