"""Cohorts filled from the list of a course on a platform, when a course lead asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from simulator.accounts.institution import Known, Vouched
from simulator.accounts.people import Person, Role
from simulator.assignments.assignments import Assignments
from simulator.assignments.records import Cohort
from simulator.errors import NotAllowed, Untrusted
from simulator.platforms.names import Course, Member, read_members

if TYPE_CHECKING:
    from simulator.platforms.lti import Launch, Platform, Tool

NOT_YOURS = "There is no such course of your programme, or its members may not be read."
ANOTHER = "That cohort is filled from another course. Choose another one, or a new one."
NOBODY = "There is no resident of your programme on that list."


@dataclass(frozen=True, slots=True)
class Roster:
    """A course whose members may be read, and the cohort that they fill."""

    id: str
    issuer: str
    client: str
    programme: str
    course: Course
    cohort: str = ""
    read_at: datetime | None = None


class RosterRows(Protocol):
    """Where it is kept which courses there are; of their people nothing."""

    def put_roster(self, roster: Roster, at: datetime) -> None:
        """Store a course as it was launched from last; the cohort that it fills stays."""

    def rosters(self, programme: str) -> list[Roster]:
        """The courses of a programme, by title."""

    def fills(self, roster_id: str, cohort: str, at: datetime) -> None:
        """Store that a course was read into a cohort."""


class Rosters:
    """What can be done with the lists of platforms; none is read but when somebody asks for it."""

    def __init__(
        self, tool: Tool, vouched: Vouched, rows: RosterRows, assignments: Assignments
    ) -> None:
        self.tool, self.vouched, self.rows = tool, vouched, rows
        self.assignments, self.accounts = assignments, vouched.accounts

    @property
    def is_on(self) -> bool:
        """Whether the lists of any platform may be read."""
        return any(p.names for p in self.tool.platforms)

    def note(self, launch: Launch, person: Person) -> None:
        """Keep from which course somebody came who may fill cohorts of its programme."""
        course, programme = launch.course, launch.terms.programme
        if course is None or not person.leads(programme):
            return
        platform = launch.platform
        names = (platform.issuer, platform.client_id, programme, course.context)
        key = hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]
        roster = Roster(key, platform.issuer, platform.client_id, programme, course)
        self.rows.put_roster(roster, self.accounts.now())

    def of(self, by: Person) -> list[Roster]:
        """The courses of somebody's programme whose members may be read now."""
        if not by.leads(by.programme):
            return []
        return [r for r in self.rows.rosters(by.programme) if self._platform(r) is not None]

    def fill(self, by: Person, roster_id: str, cohort_id: str) -> Cohort:
        """Read the members of a course into a cohort.

        Residents on the list are its members from then on. Whoever was on it before and is no
        more stays a member, marked with the day; whoever was put in by hand is left alone.

        Args:
            by: who asks for it. roster_id: the course. cohort_id: the cohort, "" for a new one.

        Raises:
            NotAllowed: the course or the cohort is not theirs.
            PlatformUnavailable: the list cannot be had whole; nothing was changed.
        """
        found = self.of(by)
        roster = next((r for r in found if r.id == roster_id), None)
        platform = self._platform(roster) if roster else None
        if roster is None or platform is None:
            raise NotAllowed(NOT_YOURS)
        if cohort_id and any(r.cohort == cohort_id and r.id != roster.id for r in found):
            raise NotAllowed(ANOTHER)
        self.assignments.check_cohort(by, cohort_id)
        listed = [m for m in read_members(self.tool, platform, roster.course) if m.is_active]
        residents, new = self._let_in(by, platform, roster.programme, listed)
        if not residents and not cohort_id:
            raise NotAllowed(NOBODY)
        title = roster.course.title or roster.course.context
        cohort = self.assignments.enrol(by, cohort_id, title, residents)
        self.rows.fills(roster.id, cohort.id, self.accounts.now())
        counted = f"{len(listed)} listed, {len(residents)} residents, {new} new"
        self.accounts.record(by, "filled a cohort from a platform", cohort.id, counted)
        return cohort

    def _platform(self, roster: Roster) -> Platform | None:
        """The platform of a course, while its lists may be read."""
        platforms = self.tool.platforms
        theirs = (p for p in platforms if (p.issuer, p.client_id) == (roster.issuer, roster.client))
        return next((p for p in theirs if p.names), None)

    def _let_in(
        self, by: Person, platform: Platform, programme: str, listed: Sequence[Member]
    ) -> tuple[list[str], int]:
        """The residents of the programme on a list, and how many people are new here.

        Whoever has no account gets one, as by a launch; a closed one stays closed.
        """
        residents, new = [], 0
        for member in listed:
            known = Known(platform.issuer, member.user_id, member.email or "", member.called)
            is_new = self.vouched.identities.person_of(known.issuer, known.subject) is None
            role, links = platform.role_of(member.roles), platform.links_by_email
            try:
                person = self.vouched.launched(known, role, programme, links, by)
            except Untrusted:
                continue
            new += is_new
            self.vouched.called(person, member.called, by)
            if person.role == Role.RESIDENT and person.programme == programme:
                residents.append(person.id)
        return residents, new
