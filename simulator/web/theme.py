"""The look: one theme, three style sheets, a few small scripts, all from this folder."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("script.js", "clock.js", "room.js", "library.js")
STYLES = ("style.css", "room.css", "portrait.css")
SPEECH_SCRIPT, SPEECH_STYLE = "speech.js", "speech.css"  # where one can speak and listen
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
        body_background_fill="var(--paper)",
        body_text_color="var(--ink)",
        body_text_color_subdued="var(--soft)",
        background_fill_primary="var(--card)",
        background_fill_secondary="var(--mist)",
        border_color_primary="var(--line)",
        block_background_fill="var(--card)",
        block_border_color="var(--line)",
        block_label_text_color="var(--soft)",
        block_title_text_color="var(--ink)",
        input_background_fill="var(--card)",
        input_border_color="var(--field)",
        button_primary_background_fill="var(--accent)",
        button_primary_text_color="var(--on-accent)",
    )


def styles(speech: bool) -> list[Path]:
    """The style sheets of the pages."""
    return [STATIC / name for name in (*STYLES, *((SPEECH_STYLE,) if speech else ()))]


def head(speech: bool = False) -> str:
    """What goes into the page's head: the viewport and the scripts."""
    scripts = "".join(
        f"<script>{(STATIC / name).read_text(encoding='utf-8')}</script>"
        for name in (*SCRIPTS, *((SPEECH_SCRIPT,) if speech else ()))
    )
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1, '
        'interactive-widget=resizes-content">'
        '<link rel="icon" type="image/svg+xml" href="../favicon.ico">'
        f"<style>{(STATIC / 'tokens.css').read_text(encoding='utf-8')}</style>{scripts}"
    )
