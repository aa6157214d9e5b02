"""LTI names and roles (NRPS 2.0): who is in a course, as its platform says when it is asked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.errors import PlatformUnavailable
from simulator.platforms.claims import CLAIM, object_in, text_of
from simulator.platforms.outbound import NO_ANSWER, Outbound, read_object

if TYPE_CHECKING:
    from simulator.platforms.lti import Platform, Tool

SERVICE = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
READ = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEDIA = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MOST_PAGES, MOST_MEMBERS, LONGEST = 50, 2000, 255
IN_TIME_S = 60.0  # for the whole list, of which each page has its own time


@dataclass(frozen=True, slots=True)
class Course:
    """A course on a platform, and where its members are read."""

    context: str
    title: str
    url: str


class Member(BaseModel):
    """Somebody on the list of a course; what else stands there is not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    user_id: str = Field(min_length=1, max_length=LONGEST)
    roles: tuple[str, ...] = ()
    status: str = "Active"
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether they are in the course now."""
        return self.status.rpartition("#")[2] == "Active"

    @property
    def called(self) -> str:
        """Their name, as far as the platform tells it."""
        return self.name or " ".join(filter(None, (self.given_name, self.family_name)))


class _Context(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str


class _Page(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    context: _Context
    members: tuple[Member, ...]


def course_of(claims: dict[str, Any]) -> Course | None:
    """The course that a launch came from, where the platform lets its members be read."""
    context = object_in(claims, f"{CLAIM}/context")
    service = object_in(claims, SERVICE)
    about, versions = text_of(context.get("id"), LONGEST), service.get("service_versions")
    where = text_of(service.get("context_memberships_url"))
    if not about or not where or not isinstance(versions, list) or "2.0" not in versions:
        return None
    title = text_of(context.get("title")) or text_of(context.get("label"))
    return Course(about, " ".join(title.split())[:120], where)


def read_members(tool: Tool, platform: Platform, course: Course) -> list[Member]:
    """All that are on the list of a course: whole, or nothing of it.

    Raises:
        PlatformUnavailable: it cannot be had whole, leads elsewhere, or has nobody on it.
    """
    outbound, ends = Outbound(platform.addresses), time.monotonic() + IN_TIME_S
    headers = {"Authorization": f"Bearer {tool.token(platform, READ)}", "Accept": MEDIA}
    found: dict[str, Member] = {}
    where, been = course.url, set[str]()
    while where:
        if where in been or len(been) >= MOST_PAGES or time.monotonic() > ends:
            raise PlatformUnavailable(NO_ANSWER, why="members: a list without an end")
        been.add(where)
        answer = outbound.call("GET", where, headers=headers)
        found |= {m.user_id: m for m in _page(answer, course.context).members}
        if len(found) > MOST_MEMBERS:
            raise PlatformUnavailable(NO_ANSWER, why=f"members: more than {MOST_MEMBERS}")
        where = _after(answer, where)
    if not found:
        raise PlatformUnavailable(NO_ANSWER, why="members: a list with nobody on it")
    return list(found.values())


def _page(answer: httpx2.Response, context: str) -> _Page:
    try:
        page = _Page.model_validate(read_object(answer))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise PlatformUnavailable(NO_ANSWER, why=f"members: strange {where}"[:200]) from None
    if page.context.id != context:
        raise PlatformUnavailable(NO_ANSWER, why="members: a list of another course")
    return page


def _after(answer: httpx2.Response, here: str) -> str:
    """The address of the next page, as the Link header tells it; empty where there is none."""
    after = answer.links.get("next", {}).get("url", "")
    try:
        return urljoin(here, after) if after else ""
    except ValueError:
        raise PlatformUnavailable(NO_ANSWER, why="members: a strange next page") from None
