"""Score a transcript from anywhere: a list of turns and, if there is one, a note."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from simulator.evaluator.evidence import from_transcript
from simulator.evaluator.formats import read_turns
from simulator.evaluator.judging import JudgeUse, configured_judge, judge_sentences
from simulator.evaluator.notes import as_note
from simulator.evaluator.report import LevelReport, Report, compose
from simulator.evaluator.speakers import load_speakers
from simulator.language.jsontext import read_json
from simulator.scripts.schema import PatientScript
from simulator.services import Services
from simulator.settings import ROOT


class Transcript(BaseModel):
    """What was said, (speaker, text) in order, the note, and what the file is called."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    turns: tuple[tuple[str, str], ...]
    note: dict[str, Any] | list[Any] | str | None = None
    name: str = ""


def read_transcript(text: str, name: str, knowledge: Path = ROOT / "knowledge") -> Transcript:
    """A transcript from its text, whatever its shape.

    Args:
        text: what the file holds. name: of the file. knowledge: the folder of knowledge.

    Raises:
        TranscriptError: what is wrong and what the file should hold.
        KnowledgeError: the words for speakers are missing or malformed.
    """
    turns, note = read_turns(text, load_speakers(knowledge), name)
    return Transcript(turns=turns, note=note, name=Path(name).stem)


def named_script(text: str) -> str:
    """The id of the case that a transcript's JSON names under `script`, or nothing."""
    try:
        data = read_json(text)
    except ValueError:
        return ""
    named = data.get("script") if isinstance(data, dict) else None
    return named if isinstance(named, str) else ""


def score_transcript(
    script: PatientScript, transcript: Transcript, services: Services, judge: str = "none"
) -> dict[str, Any]:
    """The scores of a transcript as `score` prints them (design §7).

    Raises:
        ModelUnavailable: a judge was asked for that is not configured.
    """
    report = report_transcript(script, transcript, services, judge)
    return {"transcript": transcript.name, **as_scores(report)}


def report_transcript(
    script: PatientScript, transcript: Transcript, services: Services, judge: str = "none"
) -> Report:
    """The whole report on a transcript from elsewhere.

    Raises:
        ModelUnavailable: a judge was asked for that is not configured.
    """
    rubric = services.rubric(script.communication.rubric)
    return compose(
        services.case(script),
        services,
        from_transcript(services.patient(script), transcript.turns),
        transcript.turns,
        as_note(transcript.note),
        datetime.now(UTC),
        judge=configured_judge(services, rubric) if judge == "llm" else None,
    )


def as_scores(report: Report) -> dict[str, Any]:
    """A report in the shape of `score`: items, communication, reasoning, totals, scores.

    A `turn` here is a place in the transcript that was given, from 0.
    """
    return {
        "items": [
            {
                "id": i.id,
                "domain": i.domain,
                "weight": i.weight,
                "verdict": i.verdict,
                "quote": i.quote,
                "turn": i.line,
                "confidence": i.confidence,
                "reason": i.reason,
                "unsure": i.unsure,
                **({"judged": i.judged.model_dump()} if i.judged else {}),
            }
            for i in report.items
        ],
        "communication": {c["id"]: _placed(c) for c in report.communication},
        "levels": [_level(level) for level in report.levels],
        "reasoning": report.reasoning,
        "totals": {
            **report.totals.model_dump(),
            "domains": {d.domain: d.model_dump() for d in report.domains},
        },
        "scores": report.scores.model_dump(),
        "script": {
            "id": report.script_id,
            "version": report.script_version,
            "hash": report.script_hash,
        },
        "rubric": report.rubric,
        "code_version": report.code_version,
        "judge": report.judge,
        **({"judged": _use(report.judged)} if report.judged else {}),
    }


def _use(use: JudgeUse) -> dict[str, Any]:
    return {**use.model_dump(), "says": judge_sentences(use)}


def _level(level: LevelReport) -> dict[str, Any]:
    shown = level.model_dump(mode="json")
    for step in shown["steps"]:
        step["turn"] = step.pop("line")
    return shown


def _placed(indicator: dict[str, Any]) -> dict[str, Any]:
    quotes = [{"turn": q["line"], "text": q["text"]} for q in indicator["quotes"]]
    return {**indicator, "quotes": quotes}
