"""Training the encoder that hears recorded speech."""
