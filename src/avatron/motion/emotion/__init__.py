"""What emotions do to a face that speaks: offsets that swell and give way, timing, and the manner of a person."""
