"""How rightly orders are understood: `bench orders [report|tune] [--errors]`.

Written by a language-model author who saw only the cases' findings. `tune` (every other case) was
looked at while the matching was built, `report` was not.
"""

from __future__ import annotations

import json
from typing import Any

from bench.turns import LABELS, script_of
from simulator.encounter.orders import Names, Request, orderables, read_request
from simulator.services import Services
from simulator.settings import Settings


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Shares of orders of which every part was done, offered or named as not there."""
    part = "tune" if "tune" in arguments else "report"
    names = Names.of(Services(settings))
    right: dict[str, list[bool]] = {}
    wrong_result = 0
    for line in (LABELS / "orders" / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        script = script_of(row["script"], settings.scripts_dir)
        request = read_request(row["said"], orderables(script), names)
        held = _holds(row, request)
        right.setdefault(_kind(row), []).append(held)
        done = {o.name for o in request.found}
        wrong_result += bool(done - {*row["found"], *row["offered"]})
        if "--errors" in arguments and not held:
            asked = [o.name for o in request.offered]
            print(f"{row['script']}: {row['said']}\n  {sorted(done)} ? {asked} - {request.missing}")
            print(f"  should be {row['found']} ? {row['offered']} - {row['missing']}")
    every = [h for rows in right.values() for h in rows]
    figures: dict[str, Any] = {kind: round(sum(r) / len(r), 3) for kind, r in right.items()}
    figures |= {
        "right": round(sum(every) / len(every), 3),
        "a_result_not_ordered": round(wrong_result / len(every), 3),
    }
    for name, value in figures.items():
        print(f"{name:24} {value}")
    return {"part": part, "n": len(every), **figures}


def _kind(row: dict[str, Any]) -> str:
    if row["offered"]:
        return "to be asked"
    if not row["found"]:
        return "not there"
    return "one" if len(row["found"]) == 1 and not row["missing"] else "several"


def _holds(row: dict[str, Any], request: Request) -> bool:
    """What is to be done is done, what is to be asked is asked, and what is missing is said."""
    done = {o.name for o in request.found}
    offered = {o.name for o in request.offered}
    if row["offered"] and not row["found"]:
        return not done and offered >= set(row["offered"])
    return (
        done == set(row["found"])
        and offered >= set(row["offered"])
        and bool(request.missing) == bool(row["missing"])
    )
