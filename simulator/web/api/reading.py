"""The addresses by which the API tells: cases, encounters, scores, exports."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as Named

from simulator.accounts.people import Role
from simulator.encounter.listing import Asked
from simulator.encounter.phases import Phase
from simulator.web.access import person
from simulator.web.api import shown
from simulator.web.api.service import Service
from simulator.web.api.shapes import (
    AllGiven,
    Case,
    Cases,
    Id,
    Lines,
    ReportShape,
    Scored,
    ScoreLines,
    TranscriptShape,
    Whole,
)
from simulator.web.api.words import words
from simulator.web.course.seen import reach

MOST = 100
EXAMPLES = words()["examples"]
OneId = Annotated[str, Named(pattern=r"^[A-Za-z0-9-]{1,64}$", examples=[EXAMPLES["encounter"]])]


def add(routes: APIRouter, service: Service) -> None:
    """All of them."""
    _cases(routes, service)
    _encounters(routes, service)
    _programme(routes, service)
    _exports(routes, service)


def _cases(routes: APIRouter, service: Service) -> None:
    @routes.get("/cases", tags=["cases"], summary="List the patients who can be met")
    def cases() -> Cases:
        """Of each what stands at the door, and nothing of the script."""
        return Cases(items=tuple(shown.case(s) for s in service.offered()))

    @routes.get("/cases/{case_id}", tags=["cases"], summary="Read what stands at a patient's door")
    def case(case_id: OneId) -> Case:
        """All that is known before one enters the room."""
        return service.case(case_id)


def which(
    case: Annotated[Id | None, Query(description="Of this case alone.")] = None,
    assignment: Annotated[Id | None, Query(description="Held for this assignment.")] = None,
    since: Annotated[date | None, Query(description="Begun on this day (UTC) or later.")] = None,
    after: Annotated[Id | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many a page has.")] = 50,
) -> Asked:
    """What every list may be asked for."""
    begins = datetime.combine(since, time(), UTC) if since else None
    return Asked(
        case=case or "",
        assignment=assignment or "",
        since=begins,
        after=after or "",
        most=limit,
    )


Which = Annotated[Asked, Depends(which)]
At = Annotated[Phase | None, Query(description="That stand there now.")]
Resident = Annotated[
    Id | None, Query(description="Of this resident alone.", examples=[EXAMPLES["resident"]])
]


def _encounters(routes: APIRouter, service: Service) -> None:
    @routes.get("/assignments", tags=["encounters"], summary="List what was set to one")
    def given(request: Request) -> AllGiven:
        """What is still to do first; `case` and the id begin an encounter of it."""
        return service.given(person(request))

    @routes.get("/encounters", tags=["encounters"], summary="List one's own encounters")
    def mine(request: Request, asked: Which, phase: At = None) -> Lines:
        """The newest first, a page at a time."""
        asks = person(request)
        return service.lines(asks, _narrowed(asked, resident=asks.id, phase=phase))

    @routes.get("/encounters/{encounter_id}", tags=["encounters"], summary="Read an encounter")
    def one(encounter_id: OneId, request: Request) -> Whole:
        """One's own as it stands, with what was said; one of the programme once it is over."""
        asks = person(request)
        found = service.seen(asks, encounter_id)
        whose = service.whose(asks, found.resident)
        return shown.whole(found, whose, service.encounters.now())

    @routes.get(
        "/encounters/{encounter_id}/scores", tags=["scores"], summary="Read the kept scores"
    )
    def scores(encounter_id: OneId, request: Request) -> Scored:
        """As teachers left them; of one's own only once the feedback is given out."""
        return service.scored(person(request), encounter_id)


def _programme(routes: APIRouter, service: Service) -> None:
    def reached(request: Request, asked: Asked, resident: str | None, phase: Phase | None) -> Asked:
        """A list within what whoever asks may see."""
        asks = person(request)
        programme, own = reach(asks)
        if asks.role == Role.ALONE and resident not in (None, own):
            resident = "nobody"  # without accounts others are no concern of one's
        named = own if resident is None else resident
        return _narrowed(asked, programme=programme, resident=named, phase=phase)

    @routes.get(
        "/programme/encounters", tags=["programme"], summary="List the programme's encounters"
    )
    def encounters(
        request: Request, asked: Which, resident: Resident = None, phase: At = None
    ) -> Lines:
        """For those who may see them: course leads, reviewers, auditors (under pseudonyms)."""
        return service.lines(person(request), reached(request, asked, resident, phase))

    @routes.get("/programme/scores", tags=["programme"], summary="List the programme's scores")
    def scores(request: Request, asked: Which, resident: Resident = None) -> ScoreLines:
        """Of encounters that are over; for those who may see them."""
        over = reached(request, asked, resident, Phase.FEEDBACK)
        return service.score_lines(person(request), over)


def _narrowed(
    asked: Asked, resident: str, phase: Phase | None, programme: str | None = None
) -> Asked:
    return Asked(
        programme, resident, asked.case, phase, asked.assignment, asked.since, asked.after,
        asked.most,
    )  # fmt: skip


def _exports(routes: APIRouter, service: Service) -> None:
    @routes.get(
        "/encounters/{encounter_id}/transcript.json",
        tags=["exports"],
        summary="Export a transcript",
    )
    def transcript(encounter_id: OneId, request: Request, response: Response) -> TranscriptShape:
        """What was said and found, in the shape that `python -m simulator score` reads."""
        found = service.seen(person(request), encounter_id)
        response.headers.update(_attached(f"transcript-{found.id}.json"))
        return shown.transcript(found)

    @routes.get(
        "/encounters/{encounter_id}/report.json",
        tags=["exports"],
        summary="Export a report as JSON",
    )
    def report(encounter_id: OneId, request: Request, response: Response) -> ReportShape:
        """The whole report that is kept, as far as it is given out."""
        found, kept = service.report(person(request), encounter_id)
        response.headers.update(_attached(f"report-{found.id}.json"))
        return ReportShape(encounter=found.id, report=kept.model_dump(mode="json"))

    @routes.get(
        "/encounters/{encounter_id}/report.pdf",
        tags=["exports"],
        summary="Export a report as PDF",
        response_class=Response,
        responses={200: {"content": {"application/pdf": {}}}},
    )
    def as_document(encounter_id: OneId, request: Request) -> Response:
        """The same to print."""
        from simulator.web.pdf import as_pdf  # only whoever asks for one waits for it

        asks = person(request)
        found, kept = service.report(asks, encounter_id)
        pdf = as_pdf(kept, service.whose(asks, found.resident).name, found.id)
        return Response(pdf, 200, _attached(f"report-{found.id}.pdf"), "application/pdf")


def _attached(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
