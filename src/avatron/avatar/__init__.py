"""Avatars: a face with skin, hair and clothes, stored as a folder; see `docs/avatars.md`."""
