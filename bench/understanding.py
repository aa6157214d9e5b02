"""How well the patient understands, every method side by side; bench/turns.py says on what.

README and docs quote the parts `report`, `fine` and `blind` only.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bench import percentile
from bench.turns import (
    LABELS,
    OLD_PARTS,
    PARTS,
    Row,
    by_encounter,
    load_labels,
    load_second,
    script_of,
)
from simulator.evaluator.communication import QUESTIONS
from simulator.knowledge.encoder import Encoder
from simulator.knowledge.weights import SMALL, STRONG
from simulator.patient.case import Case
from simulator.patient.patient import Patient
from simulator.patient.turn import State, Understanding
from simulator.patient.understanding.understand import Understander
from simulator.services import Services
from simulator.settings import Settings

KINDS = ("facts", "denied", "unknown", "talk", "open", "optional")
NEAR = 0.45
BINS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method would do with a turn."""

    facts: frozenset[str]
    told: frozenset[str]
    denied: bool
    unknown: bool
    act: str = ""
    text: str = ""
    ms: float = 0.0
    sure: float | None = None
    acts: dict[str, float] = field(default_factory=dict)
    stacked: bool | None = None  # whether it was heard to ask several things; None: nothing


Method = Callable[[Services, Case, Sequence[Row]], list[Answer]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One turn with what was wanted, what came, and whether that was right."""

    row: Row
    answer: Answer
    kind: str
    right: bool
    found: int
    leaked: bool


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Measure on one part of the labels.

    Args:
        arguments: a part (`report` is the default); `--plain` strips the cases of topics and
            examples; `--only-ours` leaves the other methods out; `--errors` lists what went wrong.
    """
    part = next((a for a in arguments if a in PARTS), "report")
    rows = load_labels(part)
    plain = "--plain" in arguments
    judged: dict[str, list[Judged]] = {}
    for name, services, method in _methods(settings, "--only-ours" in arguments):
        judged[name] = judge(rows, services, method, plain)
    figures: dict[str, dict[str, Any]] = {n: summarise(j) for n, j in judged.items()}
    if part in OLD_PARTS:
        known = json.loads((LABELS / "release-a2bd750.json").read_text(encoding="utf-8"))
        figures = {"a2bd750": known.get(part, {}), **figures}
    _print_table(part, len(rows), figures)
    last = judged["ours"]
    parts: dict[str, Any] = {"by_act": _shares(last, _act), "by_kind": _shares(last, _kind)}
    confused = Counter((_wanted_act(j.row), j.answer.act) for j in last if _act_wrong(j))
    parts["acts_confused"] = {f"{a} read as {b}": n for (a, b), n in confused.most_common(8)}
    if part == "report":
        figures["second_reader"] = _print_agreement(rows)
    for title, shares in parts.items():
        print(f"\n{title}: " + ", ".join(f"{k} {v}" for k, v in shares.items()))
    if "--errors" in arguments:
        _print_errors(last)
    return {"split": part, "n": len(rows), "plain": plain, **figures, **parts}


def _methods(settings: Settings, only_ours: bool) -> list[tuple[str, Services, Method]]:
    ours_services = Services(settings)
    if only_ours:
        return [("ours", ours_services, ours)]
    found: list[tuple[str, Services, Method]] = []
    for base in (SMALL, STRONG):
        beside = settings.model_copy(update={"data_dir": settings.data_dir / f"plain-{base.name}"})
        encoder = Encoder(settings.data_dir / "encoder", None, base)
        found.append((f"{base.name} plain", Services(beside, encoder), nearest_line))
    small = settings.model_copy(
        update={"reader": "small", "data_dir": settings.data_dir / "small-reader"}
    )
    return [
        *found,
        ("reader alone", ours_services, by_reader),
        ("no talk before", ours_services, without_context),
        ("small", Services(small), ours),
        ("ours", ours_services, ours),
    ]


def ours(services: Services, case: Case, rows: Sequence[Row]) -> list[Answer]:
    """The program itself, turn after turn of an encounter."""
    return _played(services.understander, case, rows, True)


def without_context(services: Services, case: Case, rows: Sequence[Row]) -> list[Answer]:
    """The program, deaf to what was said before."""
    return _played(services.understander, case, rows, False)


def _played(
    understander: Understander, case: Case, rows: Sequence[Row], hears: bool
) -> list[Answer]:
    patient = Patient(case, understander)
    state, answers = State(), []
    for row in rows:
        if not hears:
            state = state.model_copy(update={"said": "", "answered": ""})
        started = time.perf_counter()
        understood = understander.understand(row["text"], case, state)
        ms = (time.perf_counter() - started) * 1000
        reply, state = patient.reply(row["text"], state)
        decision = reply.decision
        identity = any(p.kind == "identity" for p in decision.parts)
        denied = any(p.kind == "deny" for p in decision.parts)
        sure = min((r.confidence for r in understood.readings), default=0.0)
        answers.append(
            Answer(
                frozenset({*decision.told, *decision.withheld}),
                frozenset(decision.told),
                denied,
                decision.unknown or identity,
                understood.act,
                reply.text,
                ms,
                sure,
                understood.acts,
                _stacked(understood),
            )
        )
    return answers


def _stacked(understood: Understanding) -> bool | None:
    """Whether several things were heard as asked, as the marks count them."""
    asked = [r for r in understood.readings if r.kind in QUESTIONS]
    apart = {r.topic or r.facts for r in asked if not r.beside}
    return len(apart) > 1 if asked else None


def by_reader(services: Services, case: Case, rows: Sequence[Row]) -> list[Answer]:
    """The trained score of each line alone: what is above nought is told."""
    reader, ids = services.understander.reader, list(case.facts)
    answers = []
    for row in rows:
        match = reader.match(reader.read("", row["text"][:2000]), case.vectors)
        logits = reader.logits(match, 0)
        best = logits[case.best_of(logits, "says")]
        hit = frozenset(ids[i] for i in np.flatnonzero(best > 0))
        answers.append(Answer(hit, hit, not hit, False))
    return answers


def nearest_line(services: Services, case: Case, rows: Sequence[Row]) -> list[Answer]:
    """The nearest line or example question of the whole turn; a no below a threshold."""
    answers = []
    for vector in services.encoder.encode([r["text"][:2000] for r in rows]):
        near = case.vectors @ vector
        scores = {f: float(near[list(r.says + r.asks)].max()) for f, r in case.rows.items()}
        best = max(scores, key=lambda f: scores[f])
        hit = frozenset({best} if scores[best] >= NEAR else ())
        answers.append(Answer(hit, hit, not hit, False))
    return answers


def judge(
    rows: Sequence[Row], services: Services, method: Method, plain: bool = False
) -> list[Judged]:
    """What a method makes of the turns, encounter by encounter."""
    found: list[Judged] = []
    for group in by_encounter(list(rows)):
        script = script_of(group[0]["script"], services.settings.scripts_dir, plain)
        case = services.case(script)
        began = time.perf_counter()
        answers = method(services, case, group)
        each = (time.perf_counter() - began) * 1000 / len(group)
        answers = [a if a.ms else replace(a, ms=each) for a in answers]
        found += [_judged(row, answer) for row, answer in zip(group, answers, strict=True)]
    return found


def _judged(row: Row, answer: Answer) -> Judged:
    wanted, optional = frozenset(row["facts"]), frozenset(row["optional"])
    leaked = bool(answer.told - wanted - optional)
    extra = answer.facts - wanted - optional
    if row["open"]:
        kind, right, leaked = "open", not answer.denied, False
    elif wanted:
        kind, right = "facts", wanted <= answer.facts and not extra
    elif row["denied"]:
        kind, right = "denied", answer.denied and not answer.told - optional
    elif row["unknown"]:
        kind, right = "unknown", answer.unknown and not answer.told - optional
    elif optional:
        kind, right = "optional", not extra
    else:
        kind, right = "talk", not (answer.told or answer.denied or answer.unknown)
    return Judged(row, answer, kind, bool(right), len(wanted & answer.facts), leaked)


def summarise(judged: Sequence[Judged]) -> dict[str, Any]:
    """The figures of one method; shares from 0 to 1, times in milliseconds."""
    of_kind = {k: [j.right for j in judged if j.kind == k] for k in KINDS}
    wanted = sum(len(j.row["facts"]) for j in judged)
    told = sum(
        len(j.answer.facts - frozenset(j.row["optional"])) for j in judged if j.kind != "open"
    )
    found = sum(j.found for j in judged if j.kind != "open")
    no = [j for j in judged if j.answer.denied and j.kind != "open"]
    several = [j.right for j in judged if len(j.row["facts"]) + len(j.row["denied"]) > 1]
    return {
        "n": {k: len(v) for k, v in of_kind.items()},
        "turns_right": _share([j.right for j in judged]),
        "told_set_exact": _share(of_kind["facts"]),
        "told_set_recall": _share_of(found, wanted),
        "told_set_precision": _share_of(found, told),
        "leak_rate": _share([j.leaked for j in judged]),
        "several_asked_right": _share(several),
        "denial_recall": _share(of_kind["denied"]),
        "denial_precision": _share([bool(j.row["denied"]) for j in no]),
        "not_known_right": _share(of_kind["unknown"]),
        "talk_right": _share(of_kind["talk"]),
        "open_right": _share(of_kind["open"]),
        "acts_right": _share([not _act_wrong(j) for j in judged if j.answer.act]),
        "calibration_error": _calibration_error(judged),
        **_several_at_once(judged),
        "ms_p50": _time(judged, 0.5),
        "ms_p95": _time(judged, 0.95),
    }


def _several_at_once(judged: Sequence[Judged]) -> dict[str, Any]:
    """Of turns with labelled places, those that ask several things: how many are heard so."""
    known = [
        (j.row["places"] > 1, j.answer.stacked)
        for j in judged
        if j.row.get("places") and j.answer.stacked is not None
    ]
    if not known:
        return {}
    return {
        "stacked_n": len(known),
        "stacked_precision": _share([wanted for wanted, heard in known if heard]),
        "stacked_recall": _share([bool(heard) for wanted, heard in known if wanted]),
    }


def _share(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None


def _share_of(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _time(judged: Sequence[Judged], share: float) -> float | None:
    times = [j.answer.ms for j in judged if j.answer.ms]
    return round(percentile(times, share), 1) if times else None


def _wanted_act(row: Row) -> str:
    return str(row["act"] or row["acts"][0])


def _act_wrong(judged: Judged) -> bool:
    """Where acts are labelled finely, whether the main one was not heard; else the whole turn's."""
    if judged.row["act"]:
        return judged.answer.act != str(judged.row["act"])
    return judged.answer.acts.get(judged.row["acts"][0], 0.0) < 0.5


def _calibration_error(judged: Sequence[Judged]) -> float | None:
    """Expected calibration error: the mean distance of confidence and share right, by bins."""
    known = [(j.answer.sure, j.right) for j in judged if j.answer.sure is not None]
    if not known:
        return None
    error = 0.0
    for b in range(BINS):
        inside = [(c, r) for c, r in known if min(int(c * BINS), BINS - 1) == b]
        if inside:
            gap = sum(c for c, _ in inside) / len(inside) - sum(r for _, r in inside) / len(inside)
            error += abs(gap) * len(inside) / len(known)
    return round(error, 3)


def _act(judged: Judged) -> str:
    return _wanted_act(judged.row)


def _kind(judged: Judged) -> str:
    return judged.kind


def _shares(judged: Sequence[Judged], group: Callable[[Judged], str]) -> dict[str, str]:
    found: dict[str, list[bool]] = {}
    for j in judged:
        found.setdefault(group(j), []).append(j.right)
    return {k: f"{sum(v) / len(v):.2f} of {len(v)}" for k, v in sorted(found.items())}


def _print_table(part: str, n: int, figures: dict[str, dict[str, Any]]) -> None:
    names = list(figures)
    print(f"understanding, part {part!r}, n {n} {figures['ours']['n']}")
    print(f"{'':20}" + "".join(f"{n:>15}" for n in names))
    for key in list(figures["ours"])[1:]:
        print(f"{key:20}" + "".join(f"{_shown(figures[n].get(key)):>15}" for n in names))


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _print_agreement(rows: Sequence[Row]) -> dict[str, Any]:
    """What a second clinician-reader, blind to the first, scores as if she were a method."""
    second = load_second()
    both = [r for r in rows if (r["interview"], r["turn"]) in second]
    judged = []
    for row in both:
        other = second[row["interview"], row["turn"]]
        facts = frozenset(other["facts"])
        no, unknown = bool(other["denied"]), bool(other["unknown"])
        judged.append(_judged(row, Answer(facts, facts, no, unknown, act=other["act"])))
    kept = {k: v for k, v in summarise(judged).items() if v is not None and k[:3] != "ms_"}
    print(f"\nthe second reader, on {len(both)} of the turns: {kept}")
    return {"turns": len(both), **kept}


def _print_errors(judged: Sequence[Judged]) -> None:
    for j in judged:
        if not j.right or j.leaked:
            row, answer = j.row, j.answer
            where = f"{row['interview']}:{row['turn']} {row['script'][:24]} {j.kind}"
            print(f"\n[{where}] {'' if j.right else 'WRONG '}{row['text'][:300]}")
            wanted = f"{row['facts']} opt {row['optional']} deny {row['denied']}"
            print(f"   want {wanted} unk {row['unknown']} act {_wanted_act(row)}")
            got = f"{sorted(answer.facts)} deny {answer.denied} unk {answer.unknown}"
            print(f"   got  {got} act {answer.act}: {answer.text[:200]}")
