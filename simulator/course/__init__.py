"""What a course sees: figures over many residents' talks, worked out anew and never stored."""
