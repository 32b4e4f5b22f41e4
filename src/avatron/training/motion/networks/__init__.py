"""The networks that move faces, one concept a file; `avatron.py` is the figure of the whole."""
