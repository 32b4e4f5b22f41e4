"""What people wear: a body to hang cloth on, cut and drape of each garment, the cloth itself."""
