"""Listening tests: pages that ask people how natural or how well in sync films are, and what their answers say."""
