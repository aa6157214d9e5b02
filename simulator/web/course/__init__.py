"""What a course sees: server-rendered pages over a programme's talks, and their tables as files."""
