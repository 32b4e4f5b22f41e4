"""English: how its writing is read, and how its words are said."""
