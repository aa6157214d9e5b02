"""Checklist, communication, reasoning, report."""
