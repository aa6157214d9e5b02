"""The review of an encounter and one's progress: server-rendered pages beside Gradio."""
