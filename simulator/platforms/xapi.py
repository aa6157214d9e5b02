"""xAPI: that an encounter was begun, finished and scored, told to a learning record store.

No statement holds a word that was said, a name or an address: the actor is a pseudonym, the
encounter the id that it has in every export.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from simulator.errors import PlatformUnavailable, SettingsError
from simulator.evaluator.report import Report
from simulator.evaluator.totals import Score
from simulator.platforms.events import Event, Finds, Held, Scored
from simulator.platforms.outbound import NO_ANSWER, Outbound, require_safe
from simulator.platforms.outbox import Parcel
from simulator.settings import Settings

KIND, VERSION, MOST = "xapi", "1.0.3", 200
VERBS = "http://adlnet.gov/expapi/verbs"
SIMULATION = "http://adlnet.gov/expapi/activities/simulation"
ALREADY_THERE = 409


def statement(event: Event, held: Held, home: str, at: datetime, **result: Any) -> dict[str, Any]:
    """What is told of an encounter.

    Args:
        event, held: what happened in which. home: the address under which ids are the program's.
        at: when. result: what came of it.
    """
    told: dict[str, Any] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{home}/{event.value}/{held.id}")),
        "actor": {
            "objectType": "Agent",
            "account": {"homePage": home, "name": held.pseudonym},
        },
        "verb": {"id": f"{VERBS}/{event.value}", "display": {"en": event.value}},
        "object": {
            "objectType": "Activity",
            "id": f"{home}/encounters/{held.id}",
            "definition": {"type": SIMULATION, "name": {"en": held.title}},
        },
        "context": {
            "registration": held.id,
            "revision": held.version,
            "contextActivities": {"grouping": [{"id": f"{home}/cases/{held.case}"}]},
        },
        "timestamp": at.isoformat(),
    }
    return told | ({"result": result} if result else {})


def scores(report: Report, home: str) -> dict[str, Any]:
    """The three scores side by side; the checklist's is the one that a record store knows of."""
    parts = {name: getattr(report.scores, name) for name in type(report.scores).model_fields}
    more = {f"{home}/scores/{name}": _of(score) for name, score in parts.items()}
    checklist = report.scores.checklist
    known = _of(checklist)
    if checklist.of and not checklist.unscored:
        share = round(checklist.got / checklist.of, 4)
        known = {"raw": checklist.got, "min": 0, "max": checklist.of, "scaled": share}
        return {"score": known, "extensions": more}
    return {"extensions": more}


def _of(score: Score) -> dict[str, Any]:
    return {"unscored": score.unscored} if score.unscored else {"got": score.got, "of": score.of}


class Told:
    """Finds what is to be told."""

    def __init__(
        self, home: str, finds: Finds, scored: Scored, now: Callable[[], datetime]
    ) -> None:
        self.home, self.finds, self.scored, self.now = home, finds, scored, now

    def __call__(self) -> Sequence[Parcel]:
        """The statements that are not in the outbox yet, of what was begun since it was set up."""
        since = self.finds.since(KIND, self.now())
        found = [
            self._parcel(event, held, at or self.now(), **result)
            for event, moment, result in (
                (Event.LAUNCHED, "started_at", {}),
                (Event.COMPLETED, "ended_at", {"completion": True}),
            )
            for held in self.finds.lacking(event, since, MOST)
            for at in [getattr(held, moment)]
        ]
        for held, report in self.scored.given_out(Event.SCORED, since):
            at = datetime.fromisoformat(report.made_at)
            found.append(self._parcel(Event.SCORED, held, at, **scores(report, self.home)))
        return found

    def _parcel(self, event: Event, held: Held, at: datetime, **result: Any) -> Parcel:
        told = statement(event, held, self.home, at, **result)
        return Parcel(f"{event.value}:{held.id}", KIND, told)


class RecordStore:
    """The learning record store, as it is configured.

    Raises:
        SettingsError: a value cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        require_safe("VSP_XAPI_URL", settings.xapi_url)
        require_safe("VSP_XAPI_HOMEPAGE", settings.xapi_homepage)
        if not settings.accounts:
            raise SettingsError("VSP_XAPI_URL needs accounts; set VSP_ACCOUNTS=1 as well")
        self.url = f"{settings.xapi_url.rstrip('/')}/statements"
        self.who = (settings.xapi_user, settings.xapi_password.get_secret_value())
        self.outbound = Outbound([self.url])

    def send(self, parcel: Parcel) -> None:
        """Put a statement under its id; one that is there already has arrived before.

        Raises:
            PlatformUnavailable: it did not arrive.
        """
        answer = self.outbound.call(
            "PUT",
            f"{self.url}?{urlencode({'statementId': parcel.body['id']})}",
            json=parcel.body,
            headers={"X-Experience-API-Version": VERSION},
            auth=self.who,
        )
        if not answer.is_success and answer.status_code != ALREADY_THERE:
            raise PlatformUnavailable(NO_ANSWER, why=f"record store: status {answer.status_code}")
