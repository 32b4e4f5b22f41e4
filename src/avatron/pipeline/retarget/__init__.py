"""One person's performance on another person's head."""
