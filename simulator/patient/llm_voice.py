"""The freer voice: a language model says what was decided, sentence by checked sentence.

The model never sees what may not be told, and no sentence is heard before the guard has passed
it. What fails is asked for once more, with the fault named, then said in the author's words. Where
a part was heard already, what is still missing is said in the author's words at once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simulator.errors import ModelUnavailable
from simulator.llm import Message, Model
from simulator.patient.guard.check import Fault, Guard
from simulator.patient.guard.scope import Scope
from simulator.patient.prompting import (
    ask_again,
    compose,
    prompt_hash,
    prompt_versions,
    system_prompt,
)
from simulator.patient.turn import Spoken, State
from simulator.patient.voice import Line, join

TRIES, KEPT_CHARS, SHORT = 2, 400, 2
Hear = Callable[[str], None]
_END = re.compile(r"[.!?…]+[\"')\]]*\s+|\n+")
_TITLE = re.compile(r"\b(?:dr|mr|mrs|ms|st|prof)\.\s*$", re.I)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What came of listening once."""

    sentences: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    rejected: str = ""
    call: dict[str, Any] | None = None
    away: str = ""


class _Ear:
    """Passes on what is heard, and remembers when."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._began = self._last = time.monotonic()
        self._first: float | None = None

    def hear(self, text: str) -> None:
        self._last = time.monotonic()
        self._first = self._first or self._last
        self._hear(text)

    def first_s(self) -> float:
        """Seconds until the first words."""
        return (self._first or time.monotonic()) - self._began

    def silent_s(self) -> float:
        """Seconds since the last words, or since the beginning."""
        return time.monotonic() - self._last


@dataclass(frozen=True)
class FreeVoice:
    """A language model that speaks for the patient of one case, behind the guard."""

    model: Model
    guard: Guard

    def speak(
        self,
        lines: Sequence[Line],
        said: str,
        state: State,
        mood: str,
        history: Sequence[tuple[str, str]] = (),
        hear: Hear | None = None,
    ) -> Spoken:
        """Have the model say the lines of this turn.

        Args:
            lines: all that may be told. said: the resident's words. state: before this turn.
            mood: see `prompting.mood_of`. history: the talk so far, (speaker, text).
            hear: called with what has been said so far, each time a sentence has passed.
        """
        ear = _Ear(hear or (lambda _: None))
        messages = compose(self.guard.case, history, said, lines, mood, state)
        scope = self.guard.scope(lines, state, said, mood)
        tries: list[_Heard] = []
        asked: Sequence[Message] = messages
        for _ in range(TRIES):
            tries.append(self._listen(asked, scope, ear.hear))
            last = tries[-1]
            if last.sentences or last.away:
                break
            asked = ask_again(messages, [fault.code for fault in last.faults])
        heard, silent_s = " ".join(last.sentences), ear.silent_s()
        missing = self.guard.missing(heard, scope) if heard else tuple(lines)
        text = " ".join(filter(None, (heard, join(missing))))
        if missing:
            ear.hear(text)
        return Spoken(
            text,
            "llm" if heard else "scripted",
            self.model.name,
            prompt_versions(),
            prompt_hash(messages),
            faults=tuple(str(f) for t in tries for f in t.faults),
            rejected=tuple(t.rejected[:KEPT_CHARS] for t in tries if t.rejected),
            completed=tuple(line.kind for line in missing) if heard else (),
            calls=tuple(t.call for t in tries if t.call),
            away=last.away,
            away_s=silent_s if last.away else 0.0,
            first_s=ear.first_s(),
        )

    def read_ahead(self) -> None:
        """Have the model read what every turn of this case begins with, for its server to keep.

        Raises:
            ModelUnavailable: it did not answer.
        """
        rules: Message = ("system", system_prompt(self.guard.case))
        with self.model.stream([rules, ("user", "…")]) as stream:
            next(iter(stream), None)

    def _listen(self, messages: Sequence[Message], scope: Scope, hear: Hear) -> _Heard:
        """Listen until the end, or until the first sentence that may not be heard."""
        sentences: list[str] = []
        waiting: list[str] = []  # passed, but not yet to the point
        away = ""
        faults: list[Fault] = []
        rejected = ""
        stream = self.model.stream(messages)
        try:
            for sentence in _sentences(stream, self._label):
                faults = self._faults([*sentences, *waiting], sentence, scope)
                if faults:
                    rejected = " ".join((*waiting, sentence))
                    break
                waiting.append(sentence)
                if not self.guard.to_the_point(" ".join((*sentences, *waiting)), scope):
                    continue
                sentences += waiting
                waiting = []
                hear(" ".join(sentences))
        except ModelUnavailable as error:
            away = error.reason
        finally:
            stream.close()
        if not sentences and not faults and not away:
            rejected = " ".join(waiting)
            faults = [Fault("empty", "says nothing of what was asked")]
        call = None if away in ("resting", "spent", "not_configured") else stream.call.record()
        return _Heard(tuple(sentences), tuple(faults), rejected, call, away)

    @cached_property
    def _label(self) -> re.Pattern[str]:
        """The patient's name before a line, as in a play; some models write it."""
        name = self.guard.case.script.speaker.name
        names = sorted({name, *name.split(), "patient"}, key=len, reverse=True)
        return re.compile(
            rf"[*_\[(]*(?:{'|'.join(map(re.escape, names))})[*_\])]*\s*:[*_]*\s*", re.I
        )

    def _faults(self, before: Sequence[str], sentence: str, scope: Scope) -> list[Fault]:
        whole = " ".join((*before, sentence))
        return self.guard.faults_of(sentence, scope) or self.guard.faults_of_reply(whole, scope)


def _sentences(pieces: Iterable[str], label: re.Pattern[str]) -> Iterator[str]:
    """Whole sentences out of a stream of pieces, each as soon as it has ended, without the label.

    A bare 'No.' comes with the sentence after it, which tells what the no is about.
    """
    bare = ""
    for labelled in _split(pieces):
        sentence = label.sub("", labelled, count=1) if label.match(labelled) else labelled
        if len(sentence.split()) <= SHORT and not sentence.endswith("?"):
            bare = f"{bare} {sentence}".strip()
            continue
        yield f"{bare} {sentence}".strip()
        bare = ""
    if bare:
        yield bare


def _split(pieces: Iterable[str]) -> Iterator[str]:
    text = ""
    for piece in pieces:
        text += piece
        at = 0
        for end in _END.finditer(text):
            if not _TITLE.search(text[at : end.end()]):
                if sentence := text[at : end.end()].strip():
                    yield sentence
                at = end.end()
        text = text[at:]
    if text.strip():
        yield text.strip()
