"""How rightly a note's lines are set against the facts: `bench notes [report|tune] [--errors]`.

Lines written by language-model authors who saw only the cases: each supports a fact, contradicts
it or is silent on it. On `tune` the bar for a contradiction was set; `report` was not looked at.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from bench.turns import LABELS, script_of
from simulator.services import Services
from simulator.settings import Settings


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Shares of lines judged rightly, and of those that were judged the wrong way round."""
    part = "tune" if "tune" in arguments else "report"
    statements = Services(settings).statements
    seen: Counter[tuple[str, str]] = Counter()
    for text in (LABELS / "notes" / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(text)
        script = script_of(row["script"], settings.scripts_dir)
        fact = next(f for f in script.facts if f.id == row["fact"])
        best = statements.judge(row["line"], fact.says)
        seen[row["label"], best.stance] += 1
        if "--errors" in arguments and best.stance != row["label"]:
            print(f"{row['label']:11} {best.stance:11} {best.supports:.2f} {best.contradicts:.2f} "
                  f"{row['line']} | {fact.says}")  # fmt: skip
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
    return {"part": part, "n": n, **figures}
