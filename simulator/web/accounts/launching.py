"""Where learning platforms send people: asked for proof, let in by it, led to what was set."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from simulator.accounts.accounts import Accounts
from simulator.accounts.institution import Identities, Vouched
from simulator.accounts.people import Permission, Person, Role
from simulator.assignments.assignments import Assignments
from simulator.errors import NotAllowed, PlatformUnavailable, SettingsError, Untrusted
from simulator.platforms.grades import Line, Lines
from simulator.platforms.rosters import RosterRows, Rosters
from simulator.settings import Settings
from simulator.web.accounts.away import Away
from simulator.web.accounts.choosing import Choosing, framed
from simulator.web.accounts.letting import end_former, let_in, machine_of
from simulator.web.accounts.pages import page, root, words

if TYPE_CHECKING:
    from simulator.platforms.lti import Launch, Tool

logger = logging.getLogger(__name__)
VIA, HERE = "lti", "/lti/launch"


@dataclass(frozen=True, slots=True)
class Launches:
    """The program as platforms know it, with what it needs here."""

    tool: Tool
    vouched: Vouched
    lines: Lines
    rows: RosterRows

    def rosters(self, assignments: Assignments) -> Rosters:
        """The lists of courses that platforms let be read, and what they fill."""
        return Rosters(self.tool, self.vouched, self.rows, assignments)


def open_launches(
    settings: Settings,
    accounts: Accounts | None,
    identities: Identities,
    lines: Lines,
    rows: RosterRows,
) -> Launches | None:
    """The way in from learning platforms, where the settings name some.

    Raises:
        SettingsError: a value cannot be used, or accounts are off.
    """
    if settings.lti_platforms is None:
        return None
    if accounts is None:
        raise SettingsError("VSP_LTI_PLATFORMS needs accounts; set VSP_ACCOUNTS=1 as well")
    from simulator.platforms.lti import open_tool  # only whoever has one waits for it

    tool = open_tool(settings, accounts.now)
    return Launches(tool, Vouched(accounts, identities), lines, rows) if tool else None


def router(launches: Launches | None, assignments: Assignments) -> APIRouter:
    """The addresses; where no platform is configured they say so."""
    routes = APIRouter(prefix="/lti")

    @routes.get("/keys")
    def keys(request: Request) -> Response:
        return JSONResponse(launches.tool.key.published()) if launches else _none(request)

    @routes.get("/login")
    @routes.post("/login")
    async def login(request: Request) -> Response:
        if launches is None:
            return _none(request)
        said = request.query_params if request.method == "GET" else await request.form()
        told = {k: v for k, v in said.items() if isinstance(v, str)}
        return await run_in_threadpool(_asked, launches, request, told)

    @routes.post("/launch")
    async def launch(request: Request) -> Response:
        if launches is None:
            return _none(request)
        form = await request.form()
        brought = {k: v for k, v in form.items() if isinstance(v, str)}
        return await run_in_threadpool(_launched, launches, assignments, request, brought)

    @routes.post("/choose")
    async def choose(request: Request) -> Response:
        if launches is None:
            return _none(request)
        form = await request.form()
        return await run_in_threadpool(_chosen, launches, assignments, request, form)

    return routes


def _asked(launches: Launches, request: Request, said: dict[str, str]) -> Response:
    """Send the browser to the platform for proof."""
    try:
        url, state, kept = launches.tool.begin(said, _here(request))
    except Untrusted as error:
        return _refused(launches, request, error)
    away = Away(launches.vouched.accounts, launches.vouched.identities)
    return away.send(request, RedirectResponse(url, 303), VIA, state, kept)


def _launched(
    launches: Launches, assignments: Assignments, request: Request, brought: dict[str, str]
) -> Response:
    """Let in whom the platform vouches for, and lead them to what was set."""
    vouched = launches.vouched
    accounts = vouched.accounts
    try:
        kept = Away(accounts, vouched.identities).back(request, VIA, brought.get("state", ""))
        found = launches.tool.finish(brought.get("id_token", ""), kept, _here(request))
        person = vouched.launched(
            found.known, found.role, found.terms.programme, found.platform.links_by_email
        )
        launches.rosters(assignments).note(found, person)
        if found.choice is not None:
            return Choosing(launches.tool, vouched, assignments).offer(request, found, person)
        where = _to(launches, assignments, person, found)
    except (Untrusted, PlatformUnavailable) as error:
        return _refused(launches, request, error)
    except NotAllowed as error:  # there is no such assignment for them, or they may not choose
        answer = page(request, "trouble.html", 403, problem=str(error))
        return framed(answer, launches.tool.origins)
    end_former(request, accounts)
    return let_in(request, accounts, accounts.begin(person, VIA), where)


def _chosen(
    launches: Launches, assignments: Assignments, request: Request, form: FormData
) -> Response:
    """Answer a platform with what was chosen for it."""
    try:
        return Choosing(launches.tool, launches.vouched, assignments).chosen(
            request, form, _here(request)
        )
    except Untrusted as error:
        return _refused(launches, request, error)


def _to(launches: Launches, assignments: Assignments, person: Person, launch: Launch) -> str:
    """Where a launch leads; a resident is set the assignment that it names."""
    if launch.assignment and person.role == Role.RESIDENT:
        _set(launches, assignments, person, launch)
        return "/practice/assigned"
    if launch.assignment and person.may(Permission.READ_ENCOUNTERS):
        return f"/practice/assignments/{quote(launch.assignment, safe='')}"
    if launch.case and person.may(Permission.PRACTISE):
        return f"/practice/encounter?case={quote(launch.case, safe='')}"
    return ""


def _set(launches: Launches, assignments: Assignments, person: Person, launch: Launch) -> None:
    """Set a resident what a launch names, and keep where the score belongs."""
    accounts, known = launches.vouched.accounts, launch.known
    if assignments.join(person, launch.assignment):
        accounts.record(person, "was set an assignment", launch.assignment, "by a launch")
    client = launch.platform.client_id
    line = Line(launch.assignment, person.id, known.issuer, client, known.subject, launch.line)
    launches.lines.put_launch(line, accounts.now())


def _refused(
    launches: Launches, request: Request, error: Untrusted | PlatformUnavailable
) -> Response:
    """One sentence and nothing more; the log says why."""
    whose = error.person if isinstance(error, Untrusted) else ""
    launches.vouched.note_refusal(error.why, whose, VIA, machine_of(request))
    logger.warning("a launch was refused: %s", error.why)
    told: dict[str, Any] = {"problem": str(error), "done": words()["launch"]["again"]}
    status = 403 if isinstance(error, Untrusted) else 503
    return framed(page(request, "trouble.html", status, **told), launches.tool.origins)


def _none(request: Request) -> Response:
    return page(request, "trouble.html", 404, problem=words()["launch"]["none"])


def _here(request: Request) -> str:
    """Our own address for the proof, as the browser reaches it; the edge knows our names."""
    return f"{request.url.scheme}://{request.url.netloc}{root(request)}{HERE}"
