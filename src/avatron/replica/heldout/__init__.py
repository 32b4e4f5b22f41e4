"""A replica beside the frames of its video that it has never seen: drawn with the same motion, and measured."""
