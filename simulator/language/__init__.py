"""One human language: its tokens, sentences and words. Another language is data and a model."""
