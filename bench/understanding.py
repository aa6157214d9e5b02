"""How well the patient understands real clinicians, every method side by side.

Real clinicians' turns are put in order to our cases; bench/turns.py says what the labels are, and
bench/methods.py what is compared. README and docs quote the part `report` only.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench import percentile
from bench.methods import Answer, Method, bm25, by_clause, nearest_line, ours, with_examples
from bench.turns import PARTS, Row, by_encounter, load_labels, load_second, script_of
from simulator.knowledge.encoder import Encoder
from simulator.services import Services
from simulator.settings import Settings

KINDS = ("facts", "denied", "unknown", "talk", "open")
BINS = 10


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
        arguments: `tune`, `validate` or `report` (the default); `--errors` lists what went
            wrong; `--only-ours` leaves the other methods out.
    """
    part = next((a for a in arguments if a in PARTS), "report")
    rows = load_labels(part)
    only = "--only-ours" in arguments
    judged = {name: judge(rows, s, m) for name, s, m in _methods(settings, only)}
    figures: dict[str, dict[str, Any]] = {n: summarise(j) for n, j in judged.items()}
    _print_table(part, len(rows), figures)
    last = judged["ours"]
    parts: dict[str, dict[str, Any]] = {
        "by_act": _shares(last, _act),
        "by_section": _shares(last, _section),
    }
    confusions = Counter((j.row["act"], j.answer.act) for j in last if _act_wrong(j))
    parts["acts_confused"] = {f"{a} read as {b}": n for (a, b), n in confusions.most_common(8)}
    if part == "report":
        figures["second_reader"] = _print_agreement(rows)
    for title, shares in parts.items():
        print(f"\n{title}: " + ", ".join(f"{k} {v}" for k, v in shares.items()))
    if "--errors" in arguments:
        _print_errors(last)
    return {"split": part, "n": len(rows), **figures, **parts}


def _methods(settings: Settings, only_ours: bool) -> list[tuple[str, Services, Method]]:
    trained = Services(settings)
    if only_ours:
        return [("ours", trained, ours)]
    beside = settings.model_copy(update={"index_dir": settings.index_dir / "plain"})
    plain = Services(beside, Encoder(settings.data_dir / "encoder", None))
    return [
        ("bm25", plain, bm25),
        ("plain", plain, nearest_line),
        ("+examples", plain, with_examples),
        ("+trained", trained, with_examples),
        ("+clauses", trained, by_clause),
        ("ours,plain", plain, ours),
        ("ours", trained, ours),
    ]


def judge(rows: Sequence[Row], services: Services, method: Method) -> list[Judged]:
    """What a method makes of the turns, encounter by encounter.

    Where a method does not time its turns, each has its share of the encounter's time.
    """
    found: list[Judged] = []
    for group in by_encounter(list(rows)):
        script = script_of(group[0]["script"], services.settings.scripts_dir)
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
    return {
        "n": {k: len(v) for k, v in of_kind.items()},
        "turns_right": _share([j.right for j in judged]),
        "told_set_exact": _share(of_kind["facts"]),
        "told_set_recall": _share_of(found, wanted),
        "told_set_precision": _share_of(found, told),
        "leak_rate": _share([j.leaked for j in judged]),
        "denial_recall": _share(of_kind["denied"]),
        "denial_precision": _share([bool(j.row["denied"]) for j in no]),
        "not_known_right": _share(of_kind["unknown"]),
        "talk_right": _share(of_kind["talk"]),
        "open_right": _share(of_kind["open"]),
        "acts_right": _share([not _act_wrong(j) for j in judged if j.answer.act]),
        "auc_out_of_script": _auc(judged),
        "calibration_error": _calibration_error(judged),
        "ms_p50": _time(judged, 0.5),
        "ms_p95": _time(judged, 0.95),
    }


def _share(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None


def _share_of(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _time(judged: Sequence[Judged], share: float) -> float | None:
    times = [j.answer.ms for j in judged if j.answer.ms]
    return round(percentile(times, share), 1) if times else None


def _act_wrong(judged: Judged) -> bool:
    return judged.answer.act != str(judged.row["act"])


def _auc(judged: Sequence[Judged]) -> float | None:
    """The chance that a turn asking for a fact of the script is held for one above another."""
    inside = [j.answer.sure for j in judged if j.kind == "facts"]
    outside = [j.answer.sure for j in judged if j.kind in ("denied", "unknown", "talk")]
    if not inside or not outside:
        return None
    above = sum((a > b) + 0.5 * (a == b) for a in inside for b in outside)
    return round(above / len(inside) / len(outside), 3)


def _calibration_error(judged: Sequence[Judged]) -> float | None:
    """Expected calibration error: the mean distance of confidence and share right, by bins."""
    known = [(j.answer.confidence, j.right) for j in judged if j.answer.confidence is not None]
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
    return str(judged.row["act"])


def _section(judged: Judged) -> str:
    if judged.row["denied"] and not judged.row["facts"]:
        return str(judged.row["denied"][0]).split(".")[0]
    return judged.answer.section_of.get((judged.row["facts"] or [""])[0], judged.kind)


def _shares(judged: Sequence[Judged], group: Any) -> dict[str, str]:
    found: dict[str, list[bool]] = {}
    for j in judged:
        found.setdefault(group(j), []).append(j.right)
    return {k: f"{sum(v) / len(v):.2f} of {len(v)}" for k, v in sorted(found.items())}


def _print_table(part: str, n: int, figures: dict[str, dict[str, Any]]) -> None:
    names = list(figures)
    print(f"understanding, part {part!r}, n {n} {figures['ours']['n']}")
    print(f"{'':20}" + "".join(f"{n:>12}" for n in names))
    for key in list(figures[names[0]])[1:]:
        print(f"{key:20}" + "".join(f"{_shown(figures[n][key]):>12}" for n in names))


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
        judged.append(_judged(row, Answer(facts, facts, no, unknown, 0.0, act=other["act"])))
    figures = summarise(judged)
    kept = {k: v for k, v in figures.items() if v is not None and k[:3] not in ("auc", "ms_")}
    print(f"\nthe second reader, on {len(both)} of the turns: {kept}")
    return {"turns": len(both), **kept}


def _print_errors(judged: Sequence[Judged]) -> None:
    for j in judged:
        if not j.right or j.leaked or _act_wrong(j):
            row, answer = j.row, j.answer
            where = f"{row['interview']}:{row['turn']} {row['script'][:10]} {j.kind}"
            print(f"\n[{where}] {'' if j.right else 'WRONG '}{row['text'][:300]}")
            wanted = f"{row['facts']} opt {row['optional']} deny {row['denied']}"
            print(f"   want {wanted} unk {row['unknown']} act {row['act']}")
            got = f"{sorted(answer.facts)} deny {answer.denied} unk {answer.unknown}"
            print(f"   got  {got} act {answer.act}: {answer.text[:200]}")
