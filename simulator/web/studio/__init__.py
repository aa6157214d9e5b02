"""The faculty studio's pages: server-rendered, beside Gradio, for one author on this computer."""
