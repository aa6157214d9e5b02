"""Speaking and listening, an optional extra: words of the resident's mouth, and a patient heard.

Nothing of it is imported into the program: each engine runs in a process of its own (worker.py).
"""

from simulator.speech.parts import HIBARI, PIPER, WHISPER, missing
from simulator.speech.sound import MOST_BYTES, MOST_S
from simulator.speech.speech import Speech, open_speech

__all__ = [
    "HIBARI",
    "MOST_BYTES",
    "MOST_S",
    "PIPER",
    "WHISPER",
    "Speech",
    "missing",
    "open_speech",
]
