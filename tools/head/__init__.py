"""The steps of `tools/build_head.py`: one concept a file."""
