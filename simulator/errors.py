"""Everything that can go wrong, in one tree.

SimulatorError                 a sentence a user may read; it names the value and the remedy
├── SettingsError              an environment variable that cannot be used
├── ScriptError                a patient script (file, line, field) that cannot be used
│   ├── UnknownScript          no script of that id or path
│   └── DraftConflict          a draft that somebody else has changed meanwhile; both are kept
├── KnowledgeError             topics, guides, rubrics or the encoder's package that cannot be used
│   └── EncoderMissing         the package with the encoder's weights is missing or altered
├── MessageRejected            a message that cannot be put to the patient (empty, too long)
├── NotAllowed                 an encounter of somebody else, or a step out of order
│   ├── EncounterClosed        the interview is over: its time ran out or it was ended
│   └── Untrusted              what an institution or a learning platform sent does not hold (why)
├── StoreError                 the database cannot be read or written
├── TraceUnreadable            a stored turn's trace (version, field) that cannot be read
├── ModelUnavailable           the language model did not answer, or none is configured (reason)
├── SpeechUnavailable          a part of speaking and listening is missing, failed or busy
├── ModelOutputInvalid         the language model's typed answer did not fit, asked twice
├── PlatformUnavailable        a service of an institution or platform did not answer well (why)
├── TranscriptError            a transcript or question file that cannot be read
└── MarksError                 marks of two markers that cannot be read or set side by side
"""

from typing import Any, Literal

Reason = Literal[
    "not_configured",
    "refused",
    "unauthorized",
    "not_found",
    "rate_limited",
    "server_error",
    "bad_request",
    "slow_to_start",
    "stalled",
    "too_slow",
    "cut",
    "malformed",
    "empty",
    "too_long",
    "busy",
    "resting",
    "spent",
]


class SimulatorError(Exception):
    """A failure that can be told to the person at the screen in its own words."""


class SettingsError(SimulatorError):
    """An environment variable holds a value that cannot be used."""


class ScriptError(SimulatorError):
    """A patient script cannot be used; one line a finding, each with file, line and field."""


class UnknownScript(ScriptError):
    """No script has that id, and no file lies at that path."""


class DraftConflict(ScriptError):
    """A draft was changed by somebody else meanwhile; what was to be saved is kept beside it."""

    def __init__(self, message: str, *, mine: int, theirs: int) -> None:
        super().__init__(message)
        self.mine, self.theirs = mine, theirs


class KnowledgeError(SimulatorError):
    """A topic, guide, rubric or phrase file cannot be used."""


class EncoderMissing(KnowledgeError):
    """The package that carries the encoder's weights is missing or altered."""


class MessageRejected(SimulatorError):
    """A message is empty or longer than a patient can take in."""


class NotAllowed(SimulatorError):
    """The encounter is somebody else's or not in the phase for this step."""


class Overtaken(NotAllowed):
    """Another turn of the encounter was stored while this one was being answered."""


class EncounterClosed(NotAllowed):
    """The interview is over, by the clock or by the resident."""


class Untrusted(NotAllowed):
    """What an institution or a learning platform sent does not hold; `why` is for the log alone."""

    def __init__(self, message: str, *, why: str, person: str = "") -> None:
        super().__init__(message)
        self.why, self.person = why, person


class PlatformUnavailable(SimulatorError):
    """A service of an institution or a platform did not answer as agreed; `why` is for the log."""

    def __init__(self, message: str, *, why: str) -> None:
        super().__init__(message)
        self.why = why


class StoreError(SimulatorError):
    """The database cannot be read or written."""


class TraceUnreadable(SimulatorError):
    """The trace of a stored turn is of an unknown version or does not fit its own."""


class ModelUnavailable(SimulatorError):
    """No language model is configured, or it did not answer; with the reason and the call."""

    def __init__(
        self, message: str, *, reason: Reason = "not_configured", call: Any = None
    ) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.call = call


class SpeechUnavailable(SimulatorError):
    """What listens or speaks is not installed, did not start, or gave no answer."""


class ModelOutputInvalid(SimulatorError):
    """A language model's typed answer did not fit, though it was asked once more."""

    def __init__(self, message: str, *, call: Any = None) -> None:
        super().__init__(message)
        self.call = call


class TranscriptError(SimulatorError):
    """A transcript or a file of questions cannot be read."""


class MarksError(SimulatorError):
    """A file of marks cannot be read, or two have nothing in common."""
