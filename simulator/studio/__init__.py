"""What an author works with: drafts and their edits, the test drive, the case test, misses."""
