"""How rightly a note's lines are set against the facts.

`bench notes [report|tune] [--errors] [--joined]`; joined, three lines of a case stand in one
sentence, as clinicians list things, and the whole note's way of reading is measured.

Lines written by language-model authors who saw only the cases: each supports a fact, contradicts
it or is silent on it. On `tune` the bar for a contradiction was set; `report` was not looked at.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bench.turns import LABELS, script_of
from simulator.evaluator.reasoning import Judges, stances
from simulator.services import Services
from simulator.settings import Settings

Judged = Iterator[tuple[dict[str, str], str]]
JOINED, SEED = 3, 3


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Shares of lines judged rightly, and of those that were judged the wrong way round."""
    part = "tune" if "tune" in arguments else "report"
    services = Services(settings)
    text = (LABELS / "notes" / f"{part}.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    judge = _joined if "--joined" in arguments else _alone
    judged = list(judge(rows, services))
    for row, stance in judged if "--errors" in arguments else ():
        if stance != row["label"]:
            print(f"{row['label']:11} {stance:11} {row['line']} | {row['fact']}")
    seen = Counter((row["label"], stance) for row, stance in judged)
    n = sum(seen.values())
    turned = seen["supports", "contradicts"] + seen["contradicts", "supports"]
    figures: dict[str, Any] = {
        "right": round(sum(c for (a, b), c in seen.items() if a == b) / n, 3)
    }
    figures["turned_round"] = round(turned / n, 3)
    for label in ("supports", "contradicts", "silent"):
        every = sum(count for (wanted, _), count in seen.items() if wanted == label)
        figures[label] = round(seen[label, label] / every, 3)
    for name, value in figures.items():
        print(f"{name:24} {value}")
    return {"part": part, "joined": judge is _joined, "n": n, **figures}


def _alone(rows: Sequence[dict[str, str]], services: Services) -> Judged:
    """Each line against its fact."""
    for row in rows:
        script = script_of(row["script"], services.settings.scripts_dir)
        fact = next(f for f in script.facts if f.id == row["fact"])
        yield row, services.statements.weigh(row["line"], (fact.says, *fact.also)).stance


def _joined(rows: Sequence[dict[str, str]], services: Services) -> Judged:
    """Three lines on three facts of a case in one sentence, against each of the three."""
    rng, judges = random.Random(SEED), Judges.of(services)  # noqa: S311
    for name in dict.fromkeys(row["script"] for row in rows):
        case = services.case(script_of(name, services.settings.scripts_dir))
        own = [row for row in rows if row["script"] == name]
        rng.shuffle(own)
        for at in range(0, len(own) - JOINED + 1, JOINED):
            group = own[at : at + JOINED]
            facts = [row["fact"] for row in group]
            if len(set(facts)) == JOINED:
                note = ", ".join(row["line"].strip().rstrip(".") for row in group)
                found = stances(facts, f"{note}.", case, judges)
                yield from ((row, found[row["fact"]][1]) for row in group)
