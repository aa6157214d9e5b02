"""Score a transcript from anywhere: a list of turns and, if there is one, a note."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.encounter.records import Note, NoteDiagnosis
from simulator.errors import ModelUnavailable, TranscriptError
from simulator.evaluator.evidence import from_transcript
from simulator.evaluator.report import Report, compose
from simulator.scripts.schema import PatientScript
from simulator.services import Services


class Transcript(BaseModel):
    """What was said, (speaker, text) in order, and the note."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    turns: tuple[tuple[str, str], ...]
    note: dict[str, Any] | str | None = None


def read_transcript(text: str, name: str) -> Transcript:
    """A transcript from its JSON text.

    Raises:
        TranscriptError: what is wrong and what the file should hold.
    """
    shape = '{"turns": [["D", "…"], ["P", "…"]], "note"?: {…}}'
    try:
        return Transcript.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise TranscriptError(
            f"{name}:{error.lineno}: is not JSON ({error.msg}); it should be {shape}"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(p) for p in first["loc"])
        raise TranscriptError(f"{name} {where}: {first['msg']}; it should be {shape}") from None


def as_note(data: dict[str, Any] | str | None) -> Note:
    """A note of any likely shape: text, or history, diagnoses (names or objects), work-up."""
    if data is None:
        return Note()
    if isinstance(data, str):
        return Note(history=data[:20_000])
    listed = data.get("diagnoses") or data.get("differential") or []
    if not isinstance(listed, list) or not all(isinstance(d, str | dict) for d in listed):
        raise TranscriptError(
            f"note.diagnoses: {listed!r:.80} is not a list of names or of {{name, support}}"
        )
    diagnoses = [
        NoteDiagnosis(name=str(d)[:300])
        if isinstance(d, str)
        else NoteDiagnosis(
            name=str(d.get("name", ""))[:300], support=_text(d.get("support", ""))[:3000]
        )
        for d in list(listed)[:5]
    ]
    return Note(
        history=_text(data.get("history", ""))[:20_000],
        diagnoses=tuple(diagnoses),
        workup=_text(data.get("workup", data.get("work_up", "")))[:10_000],
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return "\n".join(str(v) for v in value) if isinstance(value, list) else str(value)


def score_transcript(
    script: PatientScript, transcript: Transcript, services: Services, judge: str = "none"
) -> dict[str, Any]:
    """The scores of a transcript as `score` prints them (design §7).

    Raises:
        ModelUnavailable: a judge was asked for that is not configured.
    """
    if judge == "llm":
        raise ModelUnavailable(
            "No language model is set up as a judge in this version; leave out --judge, or use "
            "--judge none"
        )
    exchanges = from_transcript(services.patient(script), transcript.turns)
    report = compose(
        services.case(script),
        services,
        exchanges,
        transcript.turns,
        as_note(transcript.note),
        datetime.now(UTC),
    )
    return as_scores(report)


def as_scores(report: Report) -> dict[str, Any]:
    """A report in the shape of `score`: items, communication, reasoning, totals."""
    return {
        "items": [
            {
                "id": i.id,
                "verdict": i.verdict,
                "quote": i.quote,
                "turn": i.turn,
                "confidence": i.confidence,
                "reason": i.reason,
            }
            for i in report.items
        ],
        "communication": {c["id"]: c for c in report.communication},
        "reasoning": report.reasoning,
        "totals": {
            **report.totals.model_dump(),
            "domains": {d.domain: d.model_dump() for d in report.domains},
        },
        "script": {
            "id": report.script_id,
            "version": report.script_version,
            "hash": report.script_hash,
        },
        "rubric": report.rubric,
        "code_version": report.code_version,
        "judge": report.judge,
    }
