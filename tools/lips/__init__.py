"""Pictures of mouths whose shape is known, for training what reads lips."""
