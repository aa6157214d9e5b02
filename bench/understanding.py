"""How well the patient understands real clinicians, beside the plain encoder.

Real clinicians' turns (shared/data, not in this repository) are put in order to our cases; the
labels in bench/labels say what a perfect patient would answer. The split by interview was fixed
before anything was tuned: `tune` may be looked at, `report` is what README and docs quote.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from bench import percentile
from simulator.errors import SimulatorError
from simulator.patient.case import Case
from simulator.patient.patient import Patient
from simulator.patient.turn import State
from simulator.services import Services
from simulator.settings import ROOT, Settings

LABELS = ROOT / "bench" / "labels"
DATA = ROOT.parent / "shared" / "data" / "interviews.jsonl"
BASELINE_ACCEPT = 0.45

Answer = dict[str, Any]


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Measure on the part named (tune or report; report by default). `--errors` lists misses."""
    part = next((a for a in arguments if a in ("tune", "report")), "report")
    services = Services(settings)
    rows = [r for r in load_labels() if r["part"] == part]
    results = {
        "baseline": [_judged(r, a) for r, a in _answers(rows, services, _baseline)],
        "ours": [_judged(r, a) for r, a in _answers(rows, services, _ours)],
    }
    figures = {name: summarise(judged) for name, judged in results.items()}
    _print_table(part, figures)
    if "--errors" in arguments:
        _print_errors(results["ours"])
    return {"split": part, "n": len(rows), **figures}


def load_labels() -> list[dict[str, Any]]:
    """All labels with the words they belong to and the part of the split.

    Raises:
        SimulatorError: the interviews are not there.
    """
    if not DATA.is_file():
        raise SimulatorError(
            f"{DATA} is not there: the interviews are not part of the repository; "
            "see docs/figures.md"
        )
    with DATA.open(encoding="utf-8") as file:
        interviews = {x["id"]: x["turns"] for x in map(json.loads, file)}
    split = json.loads((LABELS / "split.json").read_text(encoding="utf-8"))
    part_of = {i: part for part in ("tune", "report") for i in split[part]}
    rows: list[dict[str, Any]] = []
    for path in sorted(LABELS.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = interviews[row["interview"]][row["turn"]][1]
            rows.append({**row, "text": text, "part": part_of[row["interview"]]})
    return rows


def _answers(
    rows: Sequence[dict[str, Any]],
    services: Services,
    method: Callable[[Services, Any, list[dict[str, Any]]], list[Answer]],
) -> list[tuple[dict[str, Any], Answer]]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["script"], row["interview"]].append(row)
    answered: list[tuple[dict[str, Any], Answer]] = []
    for (script_id, _), group in groups.items():
        script = services.library.get(script_id)
        answered += zip(group, method(services, script, group), strict=True)
    return answered


def _ours(services: Services, script: Any, rows: list[dict[str, Any]]) -> list[Answer]:
    patient: Patient = services.patient(script)
    state, answers = State(), []
    for row in rows:
        reply, state = patient.reply(row["text"], state)
        answers.append(
            {
                "act": reply.understanding.act,
                "facts": {*reply.decision.told, *reply.decision.withheld},
                "told": set(reply.decision.told),
                "denied": bool(reply.decision.denied),
                "unknown": reply.decision.unknown
                or any(p.kind == "identity" for p in reply.decision.parts),
                "text": reply.text,
                "ms": reply.ms,
            }
        )
    return answers


def _baseline(services: Services, script: Any, rows: list[dict[str, Any]]) -> list[Answer]:
    """The plain encoder: nearest fact line or example of the whole turn; deny below a threshold."""
    case: Case = services.case(script)
    vectors = services.encoder.encode([r["text"][:2000] for r in rows])
    answers: list[Answer] = []
    for vector in vectors:
        lines = case.vectors @ vector
        scores = {f: float(lines[list(r.says + r.asks)].max()) for f, r in case.rows.items()}
        best = max(scores, key=lambda f: scores[f])
        hit = scores[best] >= BASELINE_ACCEPT
        facts = {best} if hit else set()
        answers.append(
            {
                "act": "",
                "facts": facts,
                "told": facts,
                "denied": not hit,
                "unknown": False,
                "text": "",
                "ms": 0.0,
            }
        )
    return answers


def _judged(row: dict[str, Any], answer: Answer) -> dict[str, Any]:
    wanted, optional = set(row["facts"]), set(row["optional"])
    extra = answer["facts"] - wanted - optional
    told_extra = answer["told"] - wanted - optional
    if row["open"]:
        kind, right = "open", not answer["denied"]
        told_extra = set()
    elif wanted:
        kind, right = "facts", wanted <= answer["facts"] and not extra
    elif row["denied"]:
        kind, right = "denied", answer["denied"] and not answer["told"] - optional
    elif row["unknown"]:
        kind, right = "unknown", answer["unknown"] and not answer["told"] - optional
    elif optional:
        kind, right = "optional", not extra
    else:
        kind = "talk"
        right = not answer["told"] and not answer["denied"] and not answer["unknown"]
    return {
        "row": row,
        "answer": answer,
        "kind": kind,
        "right": bool(right),
        "found": len(wanted & answer["facts"]),
        "wanted": len(wanted),
        "told_extra": len(told_extra),
        "told": len(answer["told"]),
    }


def summarise(judged: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The shares by what was wanted, and of facts found and told without being asked for."""

    def share(kind: str) -> float | None:
        of_kind = [j["right"] for j in judged if j["kind"] == kind]
        return round(sum(of_kind) / len(of_kind), 3) if of_kind else None

    counts = {
        k: sum(j["kind"] == k for j in judged)
        for k in ("facts", "denied", "unknown", "talk", "open")
    }
    wanted = sum(j["wanted"] for j in judged) or 1
    acts = [j for j in judged if j["answer"]["act"]]
    times = [j["answer"]["ms"] for j in judged]
    return {
        "exactly_what_was_asked": share("facts"),
        "asked_for_facts_told": round(sum(j["found"] for j in judged) / wanted, 3),
        "told_unasked_share_of_turns": round(
            sum(j["told_extra"] > 0 for j in judged) / len(judged), 3
        ),
        "denied_rightly": share("denied"),
        "not_known_rightly": share("unknown"),
        "talk_answered_with_talk": share("talk"),
        "open_rightly": share("open"),
        "act_right": round(sum(j["answer"]["act"] == j["row"]["act"] for j in acts) / len(acts), 3)
        if acts
        else None,
        "ms_p50": round(percentile(times, 0.5), 1),
        "ms_p95": round(percentile(times, 0.95), 1),
        "counts": counts,
    }


def _print_table(part: str, figures: dict[str, dict[str, Any]]) -> None:
    names = list(figures)
    print(f"understanding, part {part!r}")
    print(f"{'':34}" + "".join(f"{n:>12}" for n in names))
    for key in figures[names[0]]:
        if key != "counts":
            print(f"{key:34}" + "".join(f"{figures[n][key]!s:>12}" for n in names))


def _print_errors(judged: Sequence[dict[str, Any]]) -> None:
    for j in judged:
        if not j["right"] or j["told_extra"]:
            row, answer = j["row"], j["answer"]
            where = f"{row['interview']}:{row['turn']} {row['script'][:10]} {j['kind']}"
            print(f"\n[{where}] {row['text'][:300]}")
            wanted = f"{row['facts']} opt {row['optional']} deny {row['denied']}"
            print(f"   want {wanted} unk {row['unknown']} act {row['act']}")
            got = f"{sorted(answer['facts'])} deny {answer['denied']} unk {answer['unknown']}"
            print(f"   got  {got} act {answer['act']}: {answer['text'][:200]}")
