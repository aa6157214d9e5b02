"""An interview over time: phases, clock, transcript."""
