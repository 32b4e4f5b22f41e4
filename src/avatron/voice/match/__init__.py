"""Whose voice it is like: profiles of speakers, how alike two are, and which voice comes closest to a person's."""
