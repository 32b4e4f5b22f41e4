"""What the sound of a clip says about the mouth: phonemes in time, contacts of the lips, and the clock of the sound."""
