"""What an author works with: drafts, the test drive, the case test, misses, the life of a case.

In shared/design.md this package is called authoring.
"""
