"""The page of all parts: what every page is made of, in every state that it can be in."""
