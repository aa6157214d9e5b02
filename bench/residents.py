"""Whether marks rise with skill: `bench residents [CASE …] [--seeds N]`.

Residents of five known levels of skill play every released case with the scripted patient: they
ask that share of the items that a question can earn, each with its model question, and show that
share of five manners. Spearman's rank correlation of skill and points, by case and in all.
"""

from __future__ import annotations

from typing import Any

from scipy.stats import spearmanr

from simulator.evaluator.report import Report
from simulator.evaluator.residents import (
    SKILLS,
    Interview,
    interview,
    load_sayings,
    plan,
    report_of,
)
from simulator.services import Services
from simulator.settings import Settings

Point = tuple[float, float, float]  # skill, share of the points, share of the manners that stand


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """The correlations, and the items that were asked for with their own question in vain."""
    services, sayings = Services(settings), load_sayings(settings.knowledge_dir)
    seeds, wanted = _arguments(arguments)
    cases: dict[str, dict[str, Any]] = {}
    points: list[Point] = []
    asked, unearned = 0, list[str]()
    for script in services.library.released():
        if wanted and script.id not in wanted:
            continue
        own: list[Point] = []
        for seed in range(seeds):
            for skill in SKILLS:
                patient = services.patient(script)
                held = interview(patient, plan(script, skill, seed), sayings)
                report = report_of(held, services, patient)
                own.append((skill, _share(report), _manners(report)))
                asked += len(held.plan.items)
                unearned += [f"{script.id} {seed} {skill}: {i}" for i in _in_vain(held, report)]
        cases[script.id] = _figures(own, seeds)
        points += own
        print(f"{script.id:36} {cases[script.id]}", flush=True)
    print(*unearned, sep="\n")
    return {
        "n": len(points),
        "spearman": _rank(points, 1),
        "spearman_communication": _rank(points, 2),
        "cases_in_order": sum(c["rises"] for c in cases.values()),
        "cases": cases,
        "asked": asked,
        "asked_in_vain": unearned,
    }


def _arguments(arguments: list[str]) -> tuple[int, list[str]]:
    if "--seeds" not in arguments:
        return 1, arguments
    at = arguments.index("--seeds")
    return int(arguments[at + 1]), arguments[:at] + arguments[at + 2 :]


def _share(report: Report) -> float:
    return report.totals.earned / report.totals.possible


def _manners(report: Report) -> float:
    arose = [c for c in report.communication if c["standing"] != "not applicable"]
    return sum(c["standing"] == "good" for c in arose) / max(1, len(arose))


def _in_vain(held: Interview, report: Report) -> list[str]:
    """The items that were asked for and earned nothing, or part."""
    verdicts = {i.id: i.verdict for i in report.items}
    return [f"{i} ({verdicts[i]})" for i in held.plan.items if verdicts[i] != "met"]


def _figures(points: list[Point], seeds: int) -> dict[str, Any]:
    runs = [points[i : i + len(SKILLS)] for i in range(0, seeds * len(SKILLS), len(SKILLS))]
    rises = [a[1] < b[1] for run in runs for a, b in zip(run, run[1:], strict=False)]
    shares = [round(share, 3) for _, share, _ in points[: len(SKILLS)]]
    return {"spearman": _rank(points, 1), "rises": all(rises), "shares": shares}


def _rank(points: list[Point], of: int) -> float:
    return round(float(spearmanr([p[0] for p in points], [p[of] for p in points]).statistic), 3)
