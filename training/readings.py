"""The labelled turns that a language model must read better than the learned reader: 120 of them.

They are own turns of cases of the decision's part that came after what ships was trained (rows of
own.jsonl from FIRST on), and the decision is not fitted on them (`Material.held`). Cases by a hash,
in no order of writers; of each the first turns, as they follow one another.

    python -c "from training.readings import write; write()"
"""

from __future__ import annotations

import json
import random
from hashlib import sha256
from pathlib import Path
from typing import Any

from simulator.patient.understanding.certificate import TURNS
from simulator.settings import ROOT
from training.material import Labelled, Labels, answer_of, load_material

FIRST, CASES, EACH, SEED = 639, 12, 10, 7
OLD = 10_000  # all rows of a file


def write(file: Path = ROOT / "knowledge" / TURNS) -> int:
    """Write the turns, a case a line; tells how many."""
    material = load_material(SEED, learned={"own.jsonl": FIRST, "invented.jsonl": OLD})
    kept = frozenset(material.split["decision"])
    fresh = [c for c in material.own if c.interview in kept and c.fresh and len(c.turns) >= EACH]
    once = {c.interview: c for c in reversed(fresh)}
    chosen = sorted(once.values(), key=lambda c: sha256(c.interview.encode()).digest())[:CASES]
    rng = random.Random(SEED)  # noqa: S311
    rows = [_row(case, rng) for case in chosen]
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    file.write_text("".join(lines), encoding="utf-8")
    return sum(len(row["turns"]) for row in rows)


def _row(case: Labels, rng: random.Random) -> dict[str, Any]:
    says = {f.id: f.says for f in case.facts}
    return {
        "case": case.interview,
        "opening": case.opening,
        "facts": [[f.id, f.topic, f.tell, f.says] for f in case.facts],
        "turns": [_turn(t, answer_of(t, says, rng)) for t in case.turns[:EACH]],
    }


def _turn(turn: Labelled, answered: str) -> dict[str, Any]:
    silent = [t for t, _ in (*turn.denied, *turn.unknown, *turn.broad)]
    return {
        "text": turn.text,
        "asked": [f for f, _ in turn.asked],
        "silent": [t for t in silent if t],
        "optional": list(turn.optional),
        "unlabelled": "" in silent,
        "answered": answered,
    }
