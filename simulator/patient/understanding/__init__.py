"""What a resident's turn asks for and does.

Public: `understand.Understander`, which reads a turn; `reader.Reader` and `decision.Decision`, the
trained parts that it stands on; `context.context_of` and `signs.gather`, which training shares.
"""
