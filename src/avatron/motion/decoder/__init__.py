"""Learned animators: from the text embedding to the mouth, without torch."""
