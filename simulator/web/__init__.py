"""The Gradio pages and the HTTP routes."""
