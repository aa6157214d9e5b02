"""How many short interviews end as a good patient's would, by the kind of fault that they look for.

Written by one who had seen the kinds of shared/faults, in other words than those and for all
released cases, without playing them. `validate` may be looked at, `report` only as sums.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from simulator.errors import SimulatorError
from simulator.patient.patient import Patient
from simulator.patient.turn import Reply, State
from simulator.scripts.library import find_script
from simulator.scripts.schema import PatientScript
from simulator.services import Services
from simulator.settings import ROOT, Settings

FOLDER = ROOT / "bench" / "labels" / "kinds"
PARTS = ("validate", "report")
ALL = ("*",)

Ids = tuple[str, ...]


class Check(BaseModel):
    """What the answer to the last turn must and must not be; "a|b" is met by either id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    told_any: Ids = ()
    told_all: Ids = ()
    told_none: Ids = ()
    told_only: Ids | None = None
    denied_any: Ids = ()
    denied_all: Ids = ()
    denied_none: Ids = ()
    reply_any: Ids = ()
    reply_not: Ids = ()
    not_unknown: bool = False
    warmth_not_negative: bool = False


class Interview(BaseModel):
    """Turns that are put in order, and what is right at their end.

    `control`: the opposite of the kind's fault is looked for, and it is counted apart.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    script: str
    turns: Ids
    check: Check
    right: str
    control: Literal[True] | None = None


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Play one part.

    Args:
        arguments: a part (`report` is the default); `--errors` lists what went wrong.
    """
    part = next((a for a in arguments if not a.startswith("--")), "report")
    if part not in PARTS:
        raise SimulatorError(f"There is no part {part!r}; there are: {', '.join(PARTS)}")
    services, interviews = Services(settings), load(part)
    scripts = scripts_of(interviews, settings)
    counts: dict[str, list[int]] = {}
    for interview in interviews:
        replies = _played(interview, services.patient(scripts[interview.script]))
        wrong = faults(interview.check, replies)
        kind = "control" if interview.control else interview.kind
        of, passed = counts.setdefault(kind, [0, 0])
        counts[kind] = [of + 1, passed + (not wrong)]
        if wrong and "--errors" in arguments:
            _show(interview, replies, wrong)
    for kind, (of, passed) in sorted(counts.items()):
        print(f"{kind:<18}{passed:>4} of {of}")
    of, passed = (sum(c[i] for k, c in counts.items() if k != "control") for i in (0, 1))
    print(f"{'all':<18}{passed:>4} of {of}")
    return {"part": part, "n": of, "passed": passed, "by_kind": counts}


def load(part: str) -> list[Interview]:
    """The interviews of a part, those of one case together."""
    lines = (FOLDER / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    found = [Interview.model_validate_json(line) for line in lines if line.strip()]
    return sorted(found, key=lambda i: i.script)


def scripts_of(interviews: Iterable[Interview], settings: Settings) -> dict[str, PatientScript]:
    """The cases of interviews by id."""
    names = {i.script for i in interviews}
    return {n: find_script(n, settings.scripts_dir, settings.cases_dir) for n in names}


def _played(interview: Interview, patient: Patient) -> list[tuple[Reply, float]]:
    """The replies, each with the trust after it."""
    state, replies = State(), list[tuple[Reply, float]]()
    for text in interview.turns:
        reply, state = patient.reply(text, state)
        replies.append((reply, state.rapport))
    return replies


def faults(check: Check, replies: Sequence[tuple[Reply, float]]) -> list[str]:
    """The demands of a check that the last answer does not meet."""
    reply, trust = replies[-1]
    before = replies[-2][1] if len(replies) > 1 else State().rapport
    told, denied = set(reply.decision.told), set(reply.decision.denied)
    says = reply.text.replace("’", "'")
    meets: dict[str, Callable[[Any], bool]] = {
        "told_any": lambda ids: any(_has(i, told) for i in ids),
        "told_all": lambda ids: all(_has(i, told) for i in ids),
        "told_none": lambda ids: not (told if ids == ALL else told & set(ids)),
        "told_only": lambda ids: told <= set(ids),
        "denied_any": lambda ids: any(_has(i, denied) for i in ids),
        "denied_all": lambda ids: all(_has(i, denied) for i in ids),
        "denied_none": lambda ids: not (denied if ids == ALL else denied & set(ids)),
        "reply_any": lambda patterns: any(re.search(p, says, re.I) for p in patterns),
        "reply_not": lambda patterns: not any(re.search(p, says, re.I) for p in patterns),
        "not_unknown": lambda on: not (on and reply.decision.unknown),
        "warmth_not_negative": lambda on: not (on and trust < before),
    }
    asked = {name: getattr(check, name) for name in check.model_fields_set}
    return [f"{name} {value}" for name, value in asked.items() if not meets[name](value)]


def _has(wanted: str, found: set[str]) -> bool:
    return bool(set(wanted.split("|")) & found)


def _show(
    interview: Interview, replies: Sequence[tuple[Reply, float]], wrong: Sequence[str]
) -> None:
    print(f"\n{interview.id} {interview.kind}, {interview.script}")
    for text, (reply, _) in zip(interview.turns, replies, strict=True):
        print(f"  D: {text}\n  P: {reply.text}")
    print("".join(f"  fails: {w}\n" for w in wrong) + f"  right: {interview.right}")
    print(f"  told {json.dumps(replies[-1][0].decision.told)}")
