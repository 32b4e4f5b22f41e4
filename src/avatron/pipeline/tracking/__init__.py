"""From videos to the files of their tracks: one at a time, or many in a batch that goes on where it was."""
