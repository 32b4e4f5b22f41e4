"""Training of every learned part, with torch; run-time code never imports it."""
