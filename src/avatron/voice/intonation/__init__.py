"""What English intonation needs and a reading voice does not do by itself: one rule a file, applied in `rules`."""
