"""The look: one theme, one style sheet, one small script, all from this folder."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

STATIC = Path(__file__).parent / "static"
FONTS = ["ui-sans-serif", "system-ui", "Segoe UI", "Roboto", "DejaVu Sans", "sans-serif"]


def theme() -> gr.themes.Base:
    """Calm colours and the reader's own fonts; nothing is fetched."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        font=FONTS,
        font_mono=["ui-monospace", "monospace"],
        radius_size=gr.themes.sizes.radius_lg,
        text_size=gr.themes.sizes.text_lg,
    ).set(
        body_background_fill="#fbfaf7",
        block_background_fill="#ffffff",
        block_border_color="#d9e0dc",
        block_label_text_color="#4f605e",
        block_title_text_color="#1d2b2a",
        input_background_fill="#ffffff",
        input_border_color="#b9c6c1",
        button_primary_background_fill="#0f5f5c",
        button_primary_text_color="#ffffff",
    )


def head() -> str:
    """What goes into the page's head: the viewport and the script."""
    script = (STATIC / "script.js").read_text(encoding="utf-8")
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" type="image/svg+xml" href="../favicon.ico">'
        f"<script>{script}</script>"
    )
