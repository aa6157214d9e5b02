"""The HTTP API, /api/v1: what a programme's own scripts and learning platform use."""
