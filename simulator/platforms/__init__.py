"""Institutions and learning platforms: sign-in by them, what is sent to them; off by default."""
