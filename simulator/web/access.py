"""Who is it, and may they: the one place where every address and every handler has its rule.

A page asks `person(request)` who it is and `person(request).may(Permission.…)` whether they may.
What is not named in RULES or HANDLERS is refused wherever accounts are on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from fastapi import FastAPI, Request
from starlette.routing import compile_path

from simulator import logs
from simulator.accounts.people import Permission, Person, Role
from simulator.accounts.tokens import Scope
from simulator.errors import NotAllowed

PERSON = "vsp.person"  # where a request carries who sent it
TRAIL = "vsp.trail"  # and by what the log names it


class Row(StrEnum):
    """On which rows something may be done; the statement that reads a row looks for it."""

    NONE = "touches no row"
    OWN = "the person's own"
    PROGRAMME = "the person's programme's"
    ALL = "all of the installation's"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may, on which rows, and what the audit log calls it; without a permission everybody.

    `at_once` holds before somebody has agreed to the terms. `also` is a second permission that
    opens it, for rows of one's programme. `scope` is what a token must have that comes in there.
    `foreign` takes what a page elsewhere sends, which is judged by what it carries.
    """

    may: Permission | None = None
    row: Row = Row.NONE
    records: str = ""
    at_once: bool = False
    also: Permission | None = None
    scope: Scope | None = None
    foreign: bool = False


_P = Permission
_PAGE = Rule(_P.PRACTISE)
_OWN = Rule(_P.PRACTISE, Row.OWN)
_SEE = Rule(_P.PRACTISE, Row.OWN, also=_P.READ_ENCOUNTERS)
_TEACH = Rule(_P.CORRECT_SCORES, Row.PROGRAMME)
_DECIDE = replace(_TEACH, records="decided on a mark")
_FLAG = replace(_TEACH, records="flagged a reply of the patient")
_SET = Rule(_P.ASSIGN, Row.PROGRAMME)
_LOOK = Rule(_P.READ_ENCOUNTERS, Row.PROGRAMME)
_FIGURES = Rule(_P.READ_ENCOUNTERS, Row.PROGRAMME, "exported a course's figures")
_READ = Rule(_P.READ_CASES, Row.PROGRAMME)
_WRITE = Rule(_P.WRITE_CASES, Row.PROGRAMME)
_EXPORT = Rule(_P.READ_CASES, Row.PROGRAMME, "exported a case")
_MINE = Rule(_P.OWN_ACCOUNT, Row.OWN)
_FIRST = Rule(_P.OWN_ACCOUNT, Row.OWN, at_once=True)
_PEOPLE = Rule(_P.MANAGE_PEOPLE, Row.PROGRAMME)
_CASES = Rule(_P.PRACTISE, Row.PROGRAMME, also=_P.READ_ENCOUNTERS, scope=Scope.CASES_READ)
_HOLD = Rule(_P.PRACTISE, Row.OWN, scope=Scope.ENCOUNTERS_WRITE)
_REPORT = replace(_SEE, records="exported a report", scope=Scope.EXPORTS_READ)
_API = "/practice/gradio_api"

RULES: dict[str, Rule] = {
    "GET /": Rule(),
    "GET /healthz": Rule(),
    "GET /readyz": Rule(),
    "GET /metrics": Rule(),  # asks by itself whether it is this machine or brings the token
    "GET /favicon.ico": Rule(),
    "GET /manifest.json": Rule(),
    "GET /static/{path}": Rule(),
    "GET /design": Rule(_P.WRITE_CASES, also=_P.MANAGE_PEOPLE),
    # The room: Gradio's pages, its line of events, and the few addresses beside it.
    "GET /practice/": _PAGE,
    "HEAD /practice/": _PAGE,
    "GET /practice/encounter": _PAGE,
    "GET /practice/encounter/": _PAGE,
    "GET /practice/config": _PAGE,
    "GET /practice/config/": _PAGE,
    "GET /practice/theme.css": _PAGE,
    "GET /practice/static/{path}": _PAGE,
    "GET /practice/assets/{path}": _PAGE,
    "GET /practice/svelte/{path}": _PAGE,
    f"GET {_API}/info": _PAGE,
    f"GET {_API}/info/": _PAGE,
    f"GET {_API}/startup-events": _PAGE,
    f"GET {_API}/app_id": _PAGE,
    f"GET {_API}/user": _PAGE,
    f"GET {_API}/login_check": _PAGE,
    f"GET {_API}/heartbeat/{{session_hash}}": _OWN,
    f"GET {_API}/queue/data": _OWN,
    f"POST {_API}/queue/join": _OWN,
    f"POST {_API}/call/{{api_name}}": _OWN,
    f"GET {_API}/call/{{api_name}}/{{event_id}}": _OWN,
    f"POST {_API}/cancel": _OWN,
    f"POST {_API}/reset": _OWN,
    "GET /practice/room/{encounter_id}": _OWN,
    "PUT /practice/room/{encounter_id}/typed": _OWN,
    "POST /practice/room/{encounter_id}/turns": _OWN,
    "POST /practice/room/{encounter_id}/noticed": _OWN,
    "POST /practice/room/{encounter_id}/heard": _OWN,
    "GET /practice/room/{encounter_id}/turns/{turn_id}/sound/{part}": _OWN,
    "GET /practice/reports/{file}": Rule(_P.PRACTISE, Row.OWN, "exported a report"),
    # Reviews are their resident's; whoever may see the programme's encounters reads them.
    "GET /practice/review/{encounter_id}": _SEE,
    "GET /practice/review/{encounter_id}/compare": _SEE,
    "POST /practice/review/{encounter_id}/again": _OWN,
    "POST /practice/review/{encounter_id}/disputes": _OWN,
    "GET /practice/progress": _OWN,
    # The teacher's desk: the programme's encounters, and nobody's own.
    "GET /practice/desk": _TEACH,
    "GET /practice/desk/{encounter_id}": _TEACH,
    "POST /practice/desk/{encounter_id}": _DECIDE,
    "POST /practice/desk/{encounter_id}/fault": _FLAG,
    "GET /practice/desk/{encounter_id}/double": _TEACH,
    "POST /practice/desk/{encounter_id}/double": Rule(
        _P.ASSIGN, Row.PROGRAMME, "settled a double marking"
    ),
    "GET /practice/desk/items": _TEACH,
    "GET /practice/desk/items/{case_id}": _TEACH,
    "GET /practice/desk/items/{case_id}/{item_id}": _TEACH,
    "GET /practice/desk/items/{case_id}/{item_id}/{encounter_id}": _TEACH,
    "POST /practice/desk/items/{case_id}/{item_id}/{encounter_id}": _DECIDE,
    "POST /practice/desk/items/{case_id}/{item_id}/{encounter_id}/fault": _FLAG,
    "GET /practice/desk/whole": _TEACH,
    "GET /practice/desk/{encounter_id}/whole": _TEACH,
    "POST /practice/desk/{encounter_id}/whole": Rule(
        _P.CORRECT_SCORES, Row.PROGRAMME, "judged a talk as a whole"
    ),
    # Assignments: what one was set, and what a course lead sets.
    "GET /practice/assigned": _OWN,
    "GET /practice/assignments": Rule(_P.ASSIGN, Row.PROGRAMME, also=_P.READ_ENCOUNTERS),
    "POST /practice/assignments": Rule(_P.ASSIGN, Row.PROGRAMME, "set an assignment"),
    "GET /practice/assignments/{assignment_id}": Rule(
        _P.ASSIGN, Row.PROGRAMME, also=_P.READ_ENCOUNTERS
    ),
    "POST /practice/assignments/{assignment_id}/release": Rule(
        _P.ASSIGN, Row.PROGRAMME, "gave feedback out"
    ),
    "POST /practice/assignments/{assignment_id}/withdraw": Rule(
        _P.ASSIGN, Row.PROGRAMME, "called an assignment off"
    ),
    "GET /practice/cohorts": _SET,
    "POST /practice/cohorts": Rule(_P.ASSIGN, Row.PROGRAMME, "kept a cohort"),
    "POST /practice/cohorts/from/{roster_id}": _SET,  # which says in the log how many it read
    # What a course sees: the programme's talks as figures, auditors' under pseudonyms.
    "GET /practice/course": _LOOK,
    "GET /practice/course/{table}.{kind}": _FIGURES,
    "GET /practice/course/resident/{person_id}": _LOOK,
    "GET /practice/course/resident/{person_id}.json": Rule(
        _P.READ_ENCOUNTERS, Row.PROGRAMME, "exported evidence on a resident"
    ),
    "GET /practice/course/{case_id}": _LOOK,
    "GET /practice/course/{case_id}/{table}.{kind}": _FIGURES,
    "POST /practice/course/{case_id}/angoff": Rule(
        _P.CORRECT_SCORES, Row.PROGRAMME, "judged the standard of a case"
    ),
    # What one thinks of the program: the own forms.
    "GET /practice/opinion": _OWN,
    "GET /practice/opinion/mine.json": _OWN,
    "POST /practice/opinion/erase": _OWN,
    "POST /practice/opinion/never": _OWN,
    "POST /practice/opinion/again": _OWN,
    "GET /practice/opinion/{occasion}": _OWN,
    "POST /practice/opinion/{occasion}": _OWN,
    # Accounts.
    "GET /account/static/{path}": Rule(),
    "GET /account/sign-in": Rule(),
    "POST /account/sign-in": Rule(),
    "GET /account/institution": Rule(),
    "GET /account/institution/back": Rule(),
    "GET /account/institution/out": Rule(),
    "GET /account/invitation/{token}": Rule(),
    "POST /account/invitation/{token}": Rule(),
    "GET /account/consent": _FIRST,
    "POST /account/consent": _FIRST,
    "GET /account/": _MINE,
    "POST /account/sign-out": _FIRST,
    "POST /account/everywhere": _FIRST,
    "POST /account/password": _MINE,
    "POST /account/record": _MINE,
    "GET /account/tokens": _MINE,
    "POST /account/tokens": _MINE,
    "POST /account/tokens/{token_id}/end": _MINE,
    "GET /account/people": _PEOPLE,
    "POST /account/people": _PEOPLE,
    "POST /account/people/{person_id}/link": _PEOPLE,
    "POST /account/people/{person_id}/role": _PEOPLE,
    "POST /account/people/{person_id}/close": _PEOPLE,
    "POST /account/people/{person_id}/reopen": _PEOPLE,
    "GET /account/log": Rule(_P.READ_LOG, Row.ALL),
    "POST /oidc/ended": Rule(foreign=True),  # said by the institution itself, and signed
    # Learning platforms send people here from pages of their own, with a signed proof.
    "GET /lti/keys": Rule(),
    "GET /lti/login": Rule(),
    "POST /lti/login": Rule(foreign=True),
    "POST /lti/launch": Rule(foreign=True),
    "POST /lti/choose": Rule(),  # let in by a proof that its browser brought before
    # The HTTP API, which opens to tokens alone; each needs the scope as well.
    "GET /api/v1/": Rule(),
    "GET /api/v1/openapi.json": Rule(),
    "GET /api/v1/cases": _CASES,
    "GET /api/v1/cases/{case_id}": _CASES,
    "GET /api/v1/assignments": Rule(_P.PRACTISE, Row.OWN, scope=Scope.ENCOUNTERS_READ),
    "GET /api/v1/encounters": Rule(_P.PRACTISE, Row.OWN, scope=Scope.ENCOUNTERS_READ),
    "POST /api/v1/encounters": _HOLD,
    "GET /api/v1/encounters/{encounter_id}": replace(_SEE, scope=Scope.ENCOUNTERS_READ),
    "POST /api/v1/encounters/{encounter_id}/enter": _HOLD,
    "POST /api/v1/encounters/{encounter_id}/turns": _HOLD,
    "POST /api/v1/encounters/{encounter_id}/orders": _HOLD,
    "POST /api/v1/encounters/{encounter_id}/hint": _HOLD,
    "POST /api/v1/encounters/{encounter_id}/end": _HOLD,
    "POST /api/v1/encounters/{encounter_id}/note": _HOLD,
    "POST /api/v1/encounters/{encounter_id}/self-assessment": _HOLD,
    "GET /api/v1/encounters/{encounter_id}/scores": replace(_SEE, scope=Scope.SCORES_READ),
    "GET /api/v1/encounters/{encounter_id}/transcript.json": replace(
        _SEE, records="exported a transcript", scope=Scope.EXPORTS_READ
    ),
    "GET /api/v1/encounters/{encounter_id}/report.json": _REPORT,
    "GET /api/v1/encounters/{encounter_id}/report.pdf": _REPORT,
    "GET /api/v1/programme/encounters": replace(_LOOK, scope=Scope.ENCOUNTERS_READ),
    "GET /api/v1/programme/scores": replace(_LOOK, scope=Scope.SCORES_READ),
    # The studio.
    "GET /studio/static/{path}": Rule(_P.READ_CASES),
    "GET /studio/": _READ,
    "GET /studio/new": _WRITE,
    "POST /studio/new": _WRITE,
    "GET /studio/topics": _READ,
    "GET /studio/import": _WRITE,
    "POST /studio/import": _WRITE,
    "POST /studio/{case_id}/seen": _WRITE,
    "GET /studio/{case_id}/export": _READ,
    "GET /studio/{case_id}/export/{kind}": _EXPORT,
    "GET /studio/{case_id}/life": _READ,
    "GET /studio/{case_id}/differences": _READ,
    "GET /studio/{case_id}/editions/{version}.yaml": _EXPORT,
    "GET /studio/{case_id}/rescore": Rule(_P.CORRECT_SCORES, Row.PROGRAMME),
    "POST /studio/{case_id}/rescore": Rule(_P.CORRECT_SCORES, Row.PROGRAMME, "scored anew"),
    "POST /studio/{case_id}/move": Rule(  # which move is whose, MOVES says
        _P.WRITE_CASES, Row.PROGRAMME, "moved a case on", also=_P.RELEASE_CASES
    ),
    "POST /studio/{case_id}/comments": _READ,
    "POST /studio/{case_id}/settled": _READ,
    "POST /studio/{case_id}/changes": _WRITE,
    "POST /studio/{case_id}/text": _WRITE,
    "POST /studio/{case_id}/items": _WRITE,
    "POST /studio/{case_id}/question": _WRITE,
    "POST /studio/{case_id}/talk": _READ,
    "POST /studio/{case_id}/teach": _WRITE,
    "POST /studio/{case_id}/step": _WRITE,
    "GET /studio/{case_id}/test": _READ,
    "POST /studio/{case_id}/test": _READ,
    "GET /studio/{case_id}/test/progress": _READ,
    "GET /studio/{case_id}/misses": _READ,
    "POST /studio/{case_id}/misses": _WRITE,
    "POST /studio/{case_id}/clone": _WRITE,
    "POST /studio/{case_id}/edition": _WRITE,
    "POST /studio/{case_id}/discard": Rule(_P.WRITE_CASES, Row.PROGRAMME, "put a draft away"),
    "GET /studio/{case_id}/file": _EXPORT,
    "GET /studio/{case_id}/compare": _READ,
    "POST /studio/{case_id}/settle": _WRITE,
    "GET /studio/{case_id}": _READ,
}

HANDLERS: dict[str, Rule] = {
    "library": _OWN,
    "greet": _OWN,
    "menu": _OWN,
    "filter": _OWN,
    "arrive": _OWN,
    "refresh": _OWN,
    "enter": _OWN,
    "order": _OWN,
    "hint": _OWN,
    "end": _PAGE,
    "stay": _PAGE,
    "leave": _OWN,
    "time_up": _OWN,
    "hand_in": _OWN,
    "finish": _OWN,
}

MOVES: dict[str, frozenset[Permission]] = {  # who may move a case there: whoever may one of these
    "review": frozenset({_P.WRITE_CASES}),
    "draft": frozenset({_P.WRITE_CASES, _P.RELEASE_CASES}),
    "pilot": frozenset({_P.RELEASE_CASES}),
    "released": frozenset({_P.RELEASE_CASES}),
    "retired": frozenset({_P.RELEASE_CASES}),
}


def person(request: Any) -> Person:
    """Who sent a request, one of FastAPI's or one of Gradio's.

    Raises:
        NotAllowed: nobody that is known.
    """
    found = known(request)
    if found is None:
        raise NotAllowed("Sign in first.")
    return found


def known(request: Any) -> Person | None:
    """Who sent a request, or None where that is nobody who is known."""
    inner = request if isinstance(request, Request) else request.request
    logs.TRAIL.set(inner.scope.get(TRAIL))  # an event of Gradio's runs in a task of its own
    found: Person | None = inner.scope.get(PERSON)
    return found


def who(request: Request) -> str | None:
    """The id under which the rows of whoever asks are kept."""
    found = known(request)
    return found.id if found else None


def may_call(request: Request, handler: str) -> bool:
    """Whether whoever asks may run a handler of Gradio's pages."""
    asks, rule = known(request), HANDLERS.get(handler)
    if asks is not None and asks.role == Role.ALONE:
        return True
    return rule is not None and allows(rule, asks)


def allows(rule: Rule, asks: Person | None) -> bool:
    """Whether a rule lets somebody in; the row is looked for by the statement that reads it."""
    if rule.may is None:
        return True
    return asks is not None and any(asks.may(p) for p in (rule.may, rule.also) if p is not None)


def sees(asks: Person | None, resident: str, programme: str) -> bool:
    """Whether somebody may read a resident's encounter: the own, or as the programme's teacher.

    Whoever sits at a computer without accounts sees the own alone.
    """
    if asks is None or asks.id == resident:
        return asks is not None
    teaches = asks.role != Role.ALONE and asks.may(Permission.READ_ENCOUNTERS)
    return teaches and asks.reaches(programme)


def addresses(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every address that an application answers, in the order in which it looks: method, path."""
    yield from _below(app.routes, "")


def _below(routes: Any, prefix: str) -> Iterator[tuple[str, str]]:
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is not None:  # FastAPI includes a router without copying its routes
            yield from _below(router.routes, prefix + route.include_context.prefix)
        elif inner := getattr(getattr(route, "app", None), "routes", None):
            yield from _below(inner, prefix + route.path)
        elif methods := getattr(route, "methods", None):
            for method in sorted(methods):
                yield method, prefix + route.path
        elif hasattr(route, "path"):  # a folder of files
            yield "GET", f"{prefix}{route.path}/{{path:path}}"


class Rulebook:
    """The rule of each address of an application, found as the application finds its route."""

    def __init__(self, app: FastAPI) -> None:
        self._known = [
            (method, compile_path(path)[0], name(method, path)) for method, path in addresses(app)
        ]

    def find(self, method: str, path: str) -> tuple[Rule, str] | None:
        """The rule of an address and the row that its path names; None where there is no rule."""
        for known_method, pattern, called in self._known:
            if known_method == method and (found := pattern.match(path)):
                rule = RULES.get(called)
                return (rule, "/".join(found.groups())) if rule else None
        return None

    def called(self, method: str, path: str) -> str:
        """The name of an address among the rules; 'none' where there is no such address."""
        for known_method, pattern, called in self._known:
            if known_method == method and pattern.match(path):
                return called
        return "none"


def name(method: str, path: str) -> str:
    """How an address is named in the rules, without the kinds of its parts."""
    return f"{method} {path.replace(':path}', '}')}"
