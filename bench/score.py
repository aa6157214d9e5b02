"""How far the evaluator's marks agree with readers': `bench score [report|validate|tune]`.

`--errors` shows what differs, `--keep` writes which dimensions of communication are certified.

36 transcripts of the six cases at three levels of skill, written for the purpose, marked twice
blind and settled where the two differed; writers and markers were language-model readers briefed
as clinicians. `report` is looked at once a version.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from bench.levels import compare, keep, read_levels, rows
from bench.turns import LABELS, script_of
from simulator.evaluator.agreement import Estimate, Pair, agree, study, wilson
from simulator.evaluator.checklist import WORTH, Verdict
from simulator.evaluator.transcript import read_transcript, score_transcript
from simulator.scripts.schema import CommunicationPart
from simulator.services import Services
from simulator.settings import Settings

GOLD = LABELS / "gold"


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Agreement by item, with intervals, beside the two readers' own."""
    part = next((a for a in ("tune", "validate") if a in arguments), "report")
    services = Services(settings)
    pairs: list[Pair] = []
    flagged: list[bool] = []
    readers: list[Pair] = []
    took: list[float] = []
    levels: dict[str, dict[str, int]] = {}
    for line in (GOLD / "marks.jsonl").read_text(encoding="utf-8").splitlines():
        marks = json.loads(line)
        if marks["part"] != part:
            continue
        text = (GOLD / marks["file"]).read_text(encoding="utf-8")
        script = script_of(json.loads(text)["script"], settings.scripts_dir)
        began = time.perf_counter()
        scores = score_transcript(script, read_transcript(text, marks["file"]), services)
        took.append(time.perf_counter() - began)
        levels[marks["file"]] = {x["id"]: x["level"] for x in scores["levels"]}
        for item in scores["items"]:
            wanted = marks["items"][item["id"]]
            pair = _pair(marks["file"], item, item["verdict"], wanted[0])
            if not pair.counts:
                continue
            pairs.append(pair)
            flagged.append(bool(item["unsure"]))
            one, two = (marks[k][item["id"]] for k in ("first", "second"))
            readers.append(_pair(marks["file"], item, one, two))
            if "--errors" in arguments and not _same(pair):
                print(f"{marks['file']} {item['id']}: {wanted}\n  {item}")
    figures = _figures(pairs, flagged, readers)
    figures["seconds_a_transcript"] = round(sum(took) / len(took), 2)
    for name, value in figures.items():
        print(f"{name:24} {value}")
    compared = compare(levels, read_levels(GOLD, part))
    print(*rows(compared), sep="\n")
    if "--keep" in arguments and part == "report":
        rubric = services.rubric(CommunicationPart().rubric)
        reader = services.encoder.base.name
        print(f"kept as {keep(compared, rubric, reader, settings.knowledge_dir)}")
    return {"part": part, "n": len(pairs), **figures, "communication": compared}


def _pair(name: str, item: dict[str, Any], marked: Verdict, reference: Verdict) -> Pair:
    return Pair(
        transcript=name,
        item=item["id"],
        domain=item["domain"],
        weight=item["weight"],
        marked=marked,
        reference=reference,
    )


def _same(pair: Pair) -> bool:
    return (WORTH[pair.marked] > 0) == (WORTH[pair.reference] > 0)


def _figures(
    pairs: Sequence[Pair], flagged: Sequence[bool], readers: Sequence[Pair]
) -> dict[str, Any]:
    """The whole, the domains and the pass mark, beside the human ceiling."""
    unflagged = [p for p, f in zip(pairs, flagged, strict=True) if not f]
    found, ceiling = study(pairs), agree(readers).model_dump()
    whole = found.whole.model_dump()
    return {
        **{k: v for k, v in whole.items() if k not in ("n", "left_out")},
        "flagged": _estimate(wilson(sum(flagged), len(flagged))),
        "unflagged_right": _estimate(wilson(sum(map(_same, unflagged)), len(unflagged))),
        "domains": {name: part.model_dump() for name, part in found.domains.items()},
        "passing": found.passing.model_dump(),
        "readers": ceiling,
    }


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    return found.model_dump() if found else None
