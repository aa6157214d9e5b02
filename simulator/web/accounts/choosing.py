"""The page on which a course lead chooses what a platform's link leads to, and the signed answer.

It may stand within a page of the platform's, where no session reaches: whoever chooses is known
by the proof that the browser brought, which is kept for it, once and for ten minutes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from starlette.datastructures import FormData

from simulator.accounts.institution import Vouched, refused
from simulator.accounts.people import Person
from simulator.assignments.assignments import Assignments
from simulator.errors import NotAllowed
from simulator.platforms.linking import Choice, Link, answer
from simulator.web.accounts.away import Away
from simulator.web.accounts.pages import page, words

if TYPE_CHECKING:
    from simulator.platforms.lti import Launch, Platform, Tool

KIND = "lti choice"
CHOSE = "chose what a platform's link leads to"


def framed(shown: Response, origins: Iterable[str], brings: bool = False) -> Response:
    """An answer that a platform may show within its own pages.

    Args:
        shown: the answer. origins: the platform's own. brings: whether a form of it goes there.
    """
    theirs, policy = " ".join(sorted(origins)), shown.headers["Content-Security-Policy"]
    policy = policy.replace("frame-ancestors 'none'", f"frame-ancestors {theirs}")
    if brings:
        policy = policy.replace("form-action 'self'", f"form-action {theirs}")
        shown.headers["Referrer-Policy"] = "strict-origin"  # else it comes as from nowhere
    shown.headers["Content-Security-Policy"] = policy
    return shown


class Choosing:
    """What can be chosen, and for whom."""

    def __init__(self, tool: Tool, vouched: Vouched, assignments: Assignments) -> None:
        self.tool, self.accounts, self.assignments = tool, vouched.accounts, assignments
        self.away = Away(vouched.accounts, vouched.identities)

    def offer(self, request: Request, launch: Launch, person: Person) -> Response:
        """The page for whoever a platform sent to choose.

        Raises:
            NotAllowed: they do not lead a course of the programme.
        """
        if launch.choice is None or not person.leads(launch.terms.programme):
            raise NotAllowed(words()["choose"]["not_yours"])
        state = secrets.token_urlsafe(32)
        kept = {
            "issuer": launch.platform.issuer,
            "client": launch.platform.client_id,
            "deployment": launch.deployment,
            "person": person.id,
            "choice": asdict(launch.choice),
        }
        shown = self._page(request, launch.platform, person, launch.choice, state)
        return self.away.send(request, shown, KIND, state, kept)

    def chosen(self, request: Request, form: FormData, here: str) -> Response:
        """The page that brings the signed answer to the platform.

        Args:
            request, form: what the browser sent. here: our own address for launches.

        Raises:
            Untrusted: nobody waits for it, or they may not choose any more.
        """
        state = str(form.get("state", ""))
        kept = self.away.seen(request, KIND, state)
        platform, choice = self.tool.platform(kept["issuer"], kept["client"]), kept["choice"]
        asked = Choice(**choice)
        person = self.accounts.people.person(kept["person"])
        programme = platform.deployments.get(kept["deployment"], "")
        if person is None or not person.leads(programme):
            raise refused("a choice by somebody who may not", kept["person"])
        there = {f"{link.kind}:{link.id}": link for link in self._links(person)}
        names = dict.fromkeys(str(name) for name in form.getlist("what"))
        links = [there[name] for name in names if name in there]
        if not links or (len(names) > 1 and not asked.several):
            problem = words()["choose"]["nothing"]
            return self._page(request, platform, person, asked, state, problem)
        self.away.back(request, KIND, state)
        token = answer(self.tool, platform, kept["deployment"], asked, links, here)
        detail = ", ".join(f"{link.kind} {link.id}" for link in links)
        self.accounts.record(person, CHOSE, platform.issuer, detail)
        told: dict[str, Any] = {"where": asked.answer_to, "token": token, "links": links}
        return framed(page(request, "chosen.html", **told), platform.origins, brings=True)

    def _links(self, person: Person) -> list[Link]:
        """What a link may lead to: assignments that a launch can still join, released cases."""
        now = self.assignments.encounters.now()
        set_by_now = [
            Link("assignment", a.id, a.title)
            for a in self.assignments.of(person)
            if a.withdrawn_at is None and a.order != "bell" and a.closes_at > now
        ]
        cases = sorted(self.assignments.library.released(), key=lambda s: s.title)
        return set_by_now + [Link("case", s.id, s.title) for s in cases]

    def _page(
        self,
        request: Request,
        platform: Platform,
        person: Person,
        asked: Choice,
        state: str,
        problem: str = "",
    ) -> Response:
        told = {"links": self._links(person), "several": asked.several, "state": state}
        shown = page(request, "choose.html", 422 if problem else 200, problem=problem, **told)
        return framed(shown, platform.origins)
