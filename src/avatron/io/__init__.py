"""Files: films, sound, captions, curves, pictures and model folders. Everything is written atomically."""
