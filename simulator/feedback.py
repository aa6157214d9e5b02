"""One service that scores: it scores an encounter once and keeps the report; all others show it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Ruling, minutes_in_room
from simulator.errors import ModelUnavailable, NotAllowed
from simulator.evaluator.evidence import from_traces
from simulator.evaluator.judging import Judge, Remembered, configured_judge
from simulator.evaluator.report import Held, Report, compose
from simulator.evaluator.rulings import ruled
from simulator.evaluator.totals import Score
from simulator.evaluator.usage import sum_up_voice
from simulator.llm import Call, Purpose
from simulator.scripts.schema import PatientScript
from simulator.services import Services

logger = logging.getLogger(__name__)


class Reports(Protocol):
    """Where reports are kept; one that is kept is never changed."""

    def add_report(self, encounter_id: str, report: dict[str, Any], at: datetime) -> None:
        """Store a report beside the earlier ones."""

    def latest_report(self, encounter_id: str) -> dict[str, Any] | None:
        """The newest report."""

    def rulings(self, encounter_id: str) -> list[Ruling]:
        """What teachers decided about its marks, oldest first."""

    def add_calls(
        self, encounter_id: str, resident: str, calls: Sequence[dict[str, Any]], at: datetime
    ) -> None:
        """Store what calls of a language model cost."""

    def tokens_since(
        self, since: datetime, resident: str = "", purpose: Purpose = "patient"
    ) -> int:
        """The tokens that were used for a purpose since then, by one resident or by all."""


class Filed(Protocol):
    """An encounter, or a line of a list of them."""

    @property
    def id(self) -> str:
        """Under which its reports are kept."""


class Feedback:
    """The reports on encounters that were held here.

    A report is stored whole or not at all, so that whoever asks after a crash gets it made anew,
    and never two halves. What is stored is the machine's; what is shown, here and in every count,
    is what a teacher's rulings make of it.
    """

    def __init__(self, services: Services, reports: Reports, now: Callable[[], datetime]) -> None:
        self.services, self.reports, self.now = services, reports, now
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def of(self, encounter: Encounter) -> Report:
        """The newest report on an encounter, made now if there is none that can be read.

        Raises:
            NotAllowed: the encounter is not over.
        """
        with self._alone(encounter.id):
            return self.kept(encounter) or self._ruled(encounter, self._make(encounter))

    def again(self, encounter: Encounter, script: PatientScript | None = None) -> Report:
        """A report made anew, kept beside the earlier ones.

        Args:
            encounter: what was held. script: another edition of its case, to score it by.

        Raises:
            NotAllowed: the encounter is not over.
        """
        with self._alone(encounter.id):
            return self._ruled(encounter, self._make(encounter, script))

    def would(self, encounter: Encounter, script: PatientScript) -> Report:
        """What the report would be by another edition of its case; it is not kept.

        No language model is asked for it: what one said before of an item that is still the same
        stands.
        """
        return self._ruled(encounter, self.anew(encounter, script))

    def anew(self, encounter: Encounter, script: PatientScript | None = None) -> Report:
        """The machine's report made anew, as it would be (see there), and without any ruling.

        Raises:
            NotAllowed: the encounter is not over, or what was said in it is gone.
        """
        _require_words(encounter)
        stored = self._stored(encounter)
        judge = _remembered(stored, script or encounter.script) if stored else None
        return report_on(encounter, self.services, self.now(), script, judge)

    def best(self, encounters: Sequence[Encounter]) -> dict[str, Score]:
        """The best checklist score that is kept of each case, by the script's id.

        What was tried again from a turn knows the first try's review, and does not count.
        """
        best: dict[str, Score] = {}
        for encounter in encounters:
            over = encounter.phase == Phase.FEEDBACK and not encounter.branch_of
            report = self.kept(encounter) if over else None
            if report is None or report.scores.checklist.unscored:
                continue
            score, known = report.scores.checklist, best.get(encounter.script.id)
            if known is None or score.got * known.of > known.got * score.of:
                best[encounter.script.id] = score
        return best

    def kept(self, encounter: Filed) -> Report | None:
        """The newest report on an encounter, if there is one that can be read."""
        stored = self._stored(encounter)
        return self._ruled(encounter, stored) if stored else None

    def machine(self, encounter: Encounter) -> Report:
        """The newest report as the machine made it, whatever a teacher decided."""
        return self._stored(encounter) or self.of(encounter)

    def _stored(self, encounter: Filed) -> Report | None:
        """The machine's newest report, without what a teacher decided."""
        stored = self.reports.latest_report(encounter.id)
        if stored is None:
            return None
        try:
            return Report.model_validate(stored)
        except ValidationError:  # another version's: it stays where it is, and a new one is made
            logger.info("the report on %s is of another version", encounter.id)
            return None

    def _ruled(self, encounter: Filed, report: Report) -> Report:
        return ruled(report, self.reports.rulings(encounter.id))

    def _make(self, encounter: Encounter, script: PatientScript | None = None) -> Report:
        _require_words(encounter)
        now = self.now()
        judge = self._judge(encounter, script or encounter.script, now)
        report = report_on(encounter, self.services, now, script, judge)
        self.reports.add_report(encounter.id, report.model_dump(mode="json"), now)
        return report

    def _judge(self, encounter: Encounter, script: PatientScript, now: datetime) -> Judge | None:
        """The language model that settles what the rules doubt, where one is wanted and there."""
        settings = self.services.settings
        if settings.judge != "llm":
            return None
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        most = settings.judge_tokens_a_day
        spent = most and self.reports.tokens_since(today, purpose="evaluator") >= most

        def spend(call: Call) -> None:
            self.reports.add_calls(encounter.id, encounter.resident, [call.record()], now)

        rubric = self.services.rubric(script.communication.rubric)
        try:
            return configured_judge(self.services, rubric, spend, "spent" if spent else "")
        except ModelUnavailable as error:
            logger.warning("no model judges: %s", error)
            return None

    def _alone(self, encounter_id: str) -> threading.Lock:
        """Held while one encounter is scored, so that two tabs do not score it twice."""
        with self._guard:
            return self._locks.setdefault(encounter_id, threading.Lock())


def report_on(
    encounter: Encounter,
    services: Services,
    made_at: datetime,
    script: PatientScript | None = None,
    judge: Judge | None = None,
) -> Report:
    """The report on an encounter that was held with this program; nothing is stored.

    Args:
        encounter: what was held. services: what it is judged with. made_at: the moment.
        script: the edition of its case to score it by, by default that which was played.
        judge: settles what the rules doubt.
    """
    minutes = None
    if encounter.started_at and encounter.ended_at:
        minutes = round(minutes_in_room(encounter, encounter.ended_at), 1)
    return compose(
        services.case(script or encounter.script),
        services,
        from_traces((t.said, t.reply, t.trace) for t in encounter.turns),
        [line for t in encounter.turns for line in (("resident", t.said), ("patient", t.reply))],
        encounter.note,
        made_at,
        Held(
            encounter.orders,
            encounter.hints,
            encounter.mode,
            minutes,
            encounter.self_assessment,
            sum_up_voice(t.trace for t in encounter.turns),
        ),
        judge,
    )


def _require_words(encounter: Encounter) -> None:
    if encounter.phase != Phase.FEEDBACK:
        raise NotAllowed("There is no feedback yet; finish the encounter first.")
    if encounter.nameless:
        raise NotAllowed("What was said in it was erased; its marks stand as they are.")


def _remembered(report: Report, script: PatientScript) -> Remembered:
    """What a model said for a report, of the items that a script still words the same."""
    texts = {i.id: i.text for i in script.checklist}
    same = (i for i in report.items if i.judged and texts.get(i.id) == i.text)
    return Remembered({i.id: i.judged for i in same if i.judged}, report.judged)
