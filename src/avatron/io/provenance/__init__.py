"""Where a file comes from, said in the file: content credentials, signed sidecars, comments and the watermark."""
