"""How faithfully the model of `make model` plays the patient, bare and behind the guard.

`released`: every test question of the released cases. `measuring`: of those written only to
measure. `turns`: eight turns of each of these cases, evenly over the encounters that were written
for bench/adversaries. The guard was mended by reading the answers of one after the other, so that
only what was measured first is of unseen answers: docs/figures.md has it. Each is put in a fresh
encounter to that model (VSP_LOCAL_MODEL says which) at temperature 0; `--most N` takes N
questions, evenly over all.
RAW is its whole first answer to the very prompt that the product gives it, GUARDED what the
resident would hear. A strict reader (a language model, no clinician) labelled every distinct reply
in bench/labels/faithfulness, a file a model; what has no label yet is printed.

The answers are remembered in the file that is written, by their prompts: another run with the same
prompts asks only what it does not know, so that a change to the guard is measured in a minute.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from bench import percentile
from bench.replies import read_lines
from bench.turns import CASES
from simulator.errors import ModelUnavailable, Reason
from simulator.language.tokens import words_of
from simulator.llm import Call, Message, ServedModel
from simulator.llm.local import LocalServer
from simulator.llm.protocol import ScriptedStream
from simulator.llm.weights import MODELS, fetch
from simulator.patient.patient import Patient
from simulator.patient.turn import Reply, State
from simulator.patient.voice import Speech, join
from simulator.scripts.parsing import read_script
from simulator.scripts.schema import PatientScript
from simulator.services import Services
from simulator.settings import ROOT, Settings

LABELS = ROOT / "bench" / "labels" / "faithfulness"
# What the model says beyond this is a loop; the longest line of an author has a third of it.
MOST_TOKENS, PATIENCE_S = 160, 300.0
Row = dict[str, Any]
Labels = dict[tuple[str, str, str], bool]
PARTS = ("released", "measuring", "turns")
TURNS_A_CASE = 8
T = TypeVar("T", bound=BaseModel)


class Recalled(ScriptedStream):
    """An answer that is known already; what ran into the limit ends as it would in the product."""

    def __iter__(self) -> Iterator[str]:
        """The words.

        Raises:
            ModelUnavailable: it said nothing, or did not come to an end.
        """
        yield from super().__iter__()
        cut = self.call.outcome == "cut" or self.call.tokens_out >= MOST_TOKENS
        if cut or self.call.outcome != "ok":
            reason: Reason = "cut" if cut else "empty"
            raise ModelUnavailable("The answer did not end.", reason=reason, call=self.call)


class Remembering:
    """The model, with each of its answers heard to the end and remembered by its prompt."""

    def __init__(self, settings: Settings, known: dict[str, Row]) -> None:
        self.name, self.answers = settings.llm_model, list[Row]()
        self._settings, self._known = settings, known

    def stream(self, messages: Sequence[Message]) -> Recalled:
        """The answer to the messages, all at once."""
        key = hashlib.sha256(json.dumps([*messages]).encode()).hexdigest()[:20]
        if key not in self._known:
            self._known[key] = {"prompt": key, **self._ask(messages)}
        answer = self._known[key]
        self.answers.append(answer)
        return Recalled(answer["text"], Call(**answer["call"]))

    def extract(self, messages: Sequence[Message], schema: type[T]) -> tuple[T, Call]:
        """Typed data, as the model gives it."""
        return ServedModel(self._settings).extract(messages, schema)

    def _ask(self, messages: Sequence[Message]) -> Row:
        pieces: list[str] = []
        # A client of its own: answers that run into the limit would let a shared one rest.
        with ServedModel(self._settings).stream(messages) as stream:
            try:
                pieces.extend(stream)
            except ModelUnavailable as error:
                if error.reason not in ("empty", "cut", "too_long"):
                    raise
        return {"text": "".join(pieces), "call": stream.call.record()}


def measure(arguments: list[str], settings: Settings) -> Row:
    """Put the questions of a part to the model, and score what was labelled."""
    parser = argparse.ArgumentParser(prog="bench faithfulness")
    parser.add_argument("part", nargs="?", choices=PARTS, default="released")
    parser.add_argument("--most", type=int, default=0, metavar="N")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    weights = MODELS[settings.local_model]
    file = f"faithfulness-{chosen.part}-{settings.local_model}.jsonl"
    out: Path = chosen.out or settings.data_dir / file
    known = {a["prompt"]: a for row in read_rows(out) for a in row["answers"]}
    gguf = fetch(weights, settings, print)
    with LocalServer(gguf, weights.name, slots=1, most_tokens=MOST_TOKENS) as server:
        wish = settings.model_copy(
            update={
                "llm_model": weights.name,
                "llm_base_url": server.base_url,
                "llm_temperature": 0.0,
                **dict.fromkeys(("llm_first_s", "llm_idle_s", "llm_total_s"), PATIENCE_S),
            }
        )
        rows = _collect(chosen.part, chosen.most, wish, known)
    out.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    out.write_text("".join(lines), encoding="utf-8")
    labelled = read_rows(LABELS / f"{weights.name}.jsonl")
    labels = {(r["case"], r["ask"], r["reply"]): bool(r["faithful"]) for r in labelled}
    _list(rows, labels)
    figures = summarize(rows, labels)
    for name, value in figures.items():
        print(f"{name:26} {value}")
    return {"part": chosen.part, "model": weights.name, **figures}


def read_rows(path: Path) -> list[Row]:
    """The rows of a file, none where there is no file."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.split("\n") if line]


def _questions(part: str, services: Services) -> Iterator[tuple[PatientScript, list[str]]]:
    """Each case of a part with what is asked in it."""
    measuring = [read_script(path)[0] for path in sorted(CASES.glob("*.yaml"))]
    if part != "turns":
        for script in services.library.released() if part == "released" else measuring:
            yield script, [test.ask for test in script.tests_of_the_script]
        return
    for script in [*services.library.released(), *measuring]:
        tested = {test.ask for test in script.tests_of_the_script}
        turns = (t for row in read_lines(f"replies/{script.id}") for t in row["turns"])
        said = [t for t in dict.fromkeys(turn["said"] for turn in turns) if t not in tested]
        step = len(said) / TURNS_A_CASE
        yield script, [said[int(step * (n + 0.5))] for n in range(TURNS_A_CASE)]


def _collect(part: str, most: int, settings: Settings, known: dict[str, Row]) -> list[Row]:
    services = Services(settings)
    services.prepare_encoders()
    every = [(script, ask) for script, asks in _questions(part, services) for ask in asks]
    step = len(every) / most if most else 1
    chosen = [every[int(step * n)] for n in range(most or len(every))]
    rows: list[Row] = []
    for script, pairs in groupby(chosen, key=lambda pair: pair[0]):
        model = Remembering(services.settings, known)
        patient = services.voiced(script, model)
        patient.reply("Hello.", State())  # what is loaded at the first turn is no turn's cost
        for _, ask in pairs:
            rows.append(_turn(patient, model, ask))
            print(f"{len(rows)} of {len(chosen)}: {rows[-1]['how']}", file=sys.stderr, flush=True)
    return rows


def _turn(patient: Patient, model: Remembering, ask: str) -> Row:
    """One question, scripted and spoken by the model; `answers` holds what the model said."""
    patient.reply(ask, State())  # so that the answers are known and only the guard takes time
    model.answers.clear()
    plain, _ = replace(patient, free=None).reply(ask, State())
    reply, _ = patient.reply(ask, State())
    lines = join(Speech(patient.case, State()).lines(plain.decision))
    return {
        "case": patient.case.script.id,
        "ask": ask,
        "lines": lines,
        "aside": plain.text.removeprefix(lines).strip(),
        "raw": model.answers[0]["text"] if model.answers else "",
        "guarded": reply.text,
        "voice": reply.voice,
        "how": _how(reply, plain),
        "faults": list(reply.guarded),
        "guard_ms": round(reply.ms - plain.ms, 1),
        "answers": list(model.answers),
    }


def _how(reply: Reply, plain: Reply) -> str:
    """Whose words were heard."""
    if reply.voice != "llm":
        return "replaced"
    if words_of(reply.text) == words_of(plain.text):
        return "word for word"
    return "completed" if reply.spoken and reply.spoken.completed else "own words"


def _list(rows: Sequence[Row], labels: Labels) -> None:
    """Print what nobody has labelled, and what was heard though it is not faithful."""
    for row, side, label in _labelled(rows, labels):
        if label is None:
            print(f"unlabelled {side}: {row['case']} {row['ask']!r}: {row[side]!r}")
        elif side == "guarded" and not label:
            print(f"UNFAITHFUL: {row['case']} {row['ask']!r} ({row['lines']!r}): {row[side]!r}")


def _labelled(rows: Sequence[Row], labels: Labels) -> Iterator[tuple[Row, str, bool | None]]:
    for row in rows:
        for side in ("raw", "guarded"):
            yield row, side, labels.get((row["case"], row["ask"], row[side]))


def summarize(rows: Sequence[Row], labels: Labels) -> Row:
    """The figures of a run."""
    marks: dict[str, list[bool]] = {"raw": [], "guarded": []}
    for _, side, label in _labelled(rows, labels):
        if label is not None:
            marks[side].append(label)
    ways = [row["how"] for row in rows]
    spoken = [m for row in rows if row["voice"] == "llm" for m in _mark(row, labels)]
    calls = [a["call"] for row in rows for a in row["answers"]]
    again = [sum(a["call"]["ms"] for a in row["answers"][1:]) for row in rows]
    cost = [row["guard_ms"] for row in rows]
    return {
        "n": len(rows),
        "labelled": {side: len(found) for side, found in marks.items()},
        "unlabelled": sum(len(rows) - len(found) for found in marks.values()),
        "raw_faithful": _share(marks["raw"]),
        "guarded_faithful": _share(marks["guarded"]),
        "heard_model": len(spoken),
        "heard_model_faithful": _share(spoken),
        "own_words": _share([way == "own words" for way in ways]),
        "word_for_word": _share([way == "word for word" for way in ways]),
        "completed": ways.count("completed"),
        "replaced": ways.count("replaced"),
        "asked_again": sum(len(row["answers"]) > 1 for row in rows),
        "words_p50": {
            side: statistics.median(len(row[side].split()) for row in rows)
            for side in ("lines", "raw", "guarded")
        },
        "first_words_s_p50": _seconds(rows, "first_ms"),
        "whole_reply_s_p50": _seconds(rows, "ms"),
        "guard_ms_p50": round(percentile(cost, 0.5), 1),
        "guard_ms_p95": round(percentile(cost, 0.95), 1),
        "asking_again_ms_mean": round(statistics.mean(again), 1),
        "tokens_a_turn": {
            name: round(sum(call[f"tokens_{name}"] for call in calls) / len(rows), 1)
            for name in ("in", "out", "cached")
        },
    }


def _seconds(rows: Sequence[Row], name: str) -> float:
    """The middle of the first answers' times, in seconds, before the guard."""
    times = [row["answers"][0]["call"][name] for row in rows if row["answers"]]
    return round(statistics.median(t for t in times if t is not None) / 1000, 1)


def _mark(row: Row, labels: Labels) -> list[bool]:
    label = labels.get((row["case"], row["ask"], row["guarded"]))
    return [] if label is None else [label]


def _share(found: Sequence[bool]) -> float | None:
    return round(sum(found) / len(found), 3) if found else None
