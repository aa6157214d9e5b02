"""What the field knows: topics, guides, rubrics; the encoder; the index."""
