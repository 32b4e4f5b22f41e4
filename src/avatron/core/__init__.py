"""The values that flow from layer to layer. No files, no networks."""
