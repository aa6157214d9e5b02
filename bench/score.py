"""How far the evaluator's marks agree with readers': `bench score [report|validate|tune]`.

`--errors` shows what differs.

36 transcripts of the six cases at three levels of skill, written for the purpose, marked twice
blind and settled where the two differed; writers and markers were language-model readers briefed
as clinicians. `report` is looked at once a version.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from bench.turns import LABELS, script_of
from simulator.evaluator.transcript import read_transcript, score_transcript
from simulator.services import Services
from simulator.settings import Settings

GOLD = LABELS / "gold"
CREDITED = ("met", "partly")
Z = 1.96

Pair = tuple[bool, bool]  # credited by the readers, credited by the program


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Agreement by item, with intervals, beside the two readers' own."""
    part = next((a for a in ("tune", "validate") if a in arguments), "report")
    services = Services(settings)
    pairs: list[Pair] = []
    flagged: list[bool] = []
    readers: list[Pair] = []
    took: list[float] = []
    for line in (GOLD / "marks.jsonl").read_text(encoding="utf-8").splitlines():
        marks = json.loads(line)
        if marks["part"] != part:
            continue
        text = (GOLD / marks["file"]).read_text(encoding="utf-8")
        script = script_of(json.loads(text)["script"], settings.scripts_dir)
        began = time.perf_counter()
        scores = score_transcript(script, read_transcript(text, marks["file"]), services)
        took.append(time.perf_counter() - began)
        for item in scores["items"]:
            wanted = marks["items"][item["id"]]
            if "not applicable" in (wanted[0], item["verdict"]):
                continue
            pairs.append((wanted[0] in CREDITED, item["verdict"] in CREDITED))
            flagged.append(bool(item["unsure"]))
            one, two = (marks[k][item["id"]] in CREDITED for k in ("first", "second"))
            readers.append((one, two))
            if "--errors" in arguments and pairs[-1][0] != pairs[-1][1]:
                print(f"{marks['file']} {item['id']}: {wanted}\n  {item}")
    figures = _figures(pairs, flagged)
    figures["readers_kappa"] = _kappa(readers)
    figures["seconds_a_transcript"] = round(sum(took) / len(took), 2)
    for name, value in figures.items():
        print(f"{name:24} {value}")
    return {"part": part, "n": len(pairs), **figures}


def _figures(pairs: Sequence[Pair], flagged: Sequence[bool]) -> dict[str, Any]:
    right = [a == b for a, b in pairs]
    unflagged = [r for r, f in zip(right, flagged, strict=True) if not f]
    return {
        "agreement": _share(right),
        "kappa": _kappa(pairs),
        "true_positive_rate": _share([b for a, b in pairs if a]),
        "true_negative_rate": _share([not b for a, b in pairs if not a]),
        "flagged": _share(list(flagged)),
        "unflagged_right": _share(unflagged),
    }


def _share(values: Sequence[bool]) -> dict[str, Any]:
    """A share with its 95 % interval (Wilson, 1927)."""
    n = len(values)
    if not n:
        return {"n": 0}
    p = sum(values) / n
    middle, half = p + Z**2 / (2 * n), Z * ((p * (1 - p) + Z**2 / (4 * n)) / n) ** 0.5
    low, high = (middle - half) / (1 + Z**2 / n), (middle + half) / (1 + Z**2 / n)
    return {"share": round(p, 3), "low": round(low, 3), "high": round(high, 3), "n": n}


def _kappa(pairs: Sequence[Pair]) -> float:
    """Agreement beyond chance (Cohen, 1960)."""
    n = len(pairs)
    same = sum(a == b for a, b in pairs) / n
    first, second = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    chance = first * second + (1 - first) * (1 - second)
    return round((same - chance) / (1 - chance), 3) if chance < 1 else 1.0
