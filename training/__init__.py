"""The recipes behind knowledge/models: the reader's adapter and heads, and the fitted decision.

It imports the program, which never imports it.
"""
