"""What a reply must keep to: nothing locked, invented or contradicted, in role, short.

`check` holds the Guard; `leaks` checks the author's own lines; the rest is what they stand on.
"""
