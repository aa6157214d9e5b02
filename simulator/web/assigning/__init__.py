"""Assignments in the browser: what one was set, what one sets, and how it stands."""
