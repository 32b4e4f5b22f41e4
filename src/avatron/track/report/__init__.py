"""What a video is good for, before anything is learned from it: one file a measure, and a verdict of each."""
