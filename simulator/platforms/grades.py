"""Scores for a platform's gradebook (LTI AGS): one number, once the feedback is given out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from simulator.errors import PlatformUnavailable, Untrusted
from simulator.evaluator.report import Report
from simulator.platforms.events import Event, Finds, Held, Scored
from simulator.platforms.outbound import NO_ANSWER, Outbound
from simulator.platforms.outbox import Parcel

if TYPE_CHECKING:
    from simulator.platforms.lti import Tool

KIND = "grade"
MEDIA = "application/vnd.ims.lis.v1.score+json"


@dataclass(frozen=True, slots=True)
class Line:
    """Where on a platform a person's score on an assignment belongs."""

    assignment: str
    person: str
    issuer: str
    client: str
    subject: str
    line: str


class Lines(Finds, Protocol):
    """Where it is kept where scores belong."""

    def put_launch(self, launch: Line, at: datetime) -> None:
        """Store where a person's score on an assignment belongs; the newest stands."""

    def lines(self, issuers: Sequence[str]) -> dict[tuple[str, str], Line]:
        """Where scores belong on these platforms, by assignment and person."""


class Due:
    """Finds the scores that are due; of platforms alone for which that is switched on."""

    def __init__(
        self, tool: Tool, lines: Lines, scored: Scored, now: Callable[[], datetime]
    ) -> None:
        self.lines, self.scored, self.now = lines, scored, now
        self.issuers = [p.issuer for p in tool.platforms if p.grades]

    def __call__(self) -> Sequence[Parcel]:
        """The scores that are not in the outbox yet."""
        since = self.lines.since(KIND, self.now())
        lines = self.lines.lines(self.issuers) if self.issuers else {}
        return [
            Parcel(f"{Event.GRADED.value}:{held.id}", KIND, score(held, report, line))
            for held, report in self.scored.given_out(Event.GRADED, since, lines.keys())
            if (line := lines.get((held.assignment, held.person)))
        ]


def score(held: Held, report: Report, line: Line) -> dict[str, Any]:
    """What is sent: the per cent of the checklist; where there is none, that a person must look."""
    ended = held.ended_at or datetime.fromisoformat(report.made_at)
    percent = report.totals.percent
    given: dict[str, Any] = {"gradingProgress": "PendingManual"}
    if percent is not None:
        given = {"gradingProgress": "FullyGraded", "scoreGiven": percent, "scoreMaximum": 100}
    about = {
        "userId": line.subject,
        "activityProgress": "Completed",
        "timestamp": ended.isoformat(timespec="milliseconds"),
    }
    where = {"issuer": line.issuer, "client": line.client, "line": line.line}
    return {**where, "score": {**about, **given}}


class Gradebooks:
    """Brings scores to the gradebooks of the platforms."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool

    def send(self, parcel: Parcel) -> None:
        """Post a score to its line; sent again it takes its own place.

        Raises:
            PlatformUnavailable: it did not arrive.
        """
        try:
            platform = self.tool.platform(parcel.body["issuer"], parcel.body["client"])
        except Untrusted as error:
            raise PlatformUnavailable(NO_ANSWER, why=error.why) from None
        if not platform.grades:
            raise PlatformUnavailable(NO_ANSWER, why="grades are not switched on")
        from simulator.platforms.lti import SCORE

        token = self.tool.token(platform, SCORE)
        answer = Outbound(platform.addresses).call(
            "POST",
            scores_of(parcel.body["line"]),
            json=parcel.body["score"],
            headers={"Authorization": f"Bearer {token}", "Content-Type": MEDIA},
        )
        if not answer.is_success:
            raise PlatformUnavailable(NO_ANSWER, why=f"gradebook: status {answer.status_code}")


def scores_of(line: str) -> str:
    """The address to which scores of a line are posted; its query stays."""
    path, mark, query = line.partition("?")
    return f"{path.rstrip('/')}/scores{mark}{query}"
