"""What the forms send, read into what the assignments take; whatever does not fit is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from starlette.datastructures import FormData

from simulator.assignments.records import Order, Release, Wanted
from simulator.encounter.records import Mode
from simulator.errors import NotAllowed
from simulator.web import views
from simulator.web.assigning.words import words

FARTHEST_ZONE = 15 * 60  # minutes
LAST = 1000  # the place of a station to which none was given


def wanted(form: FormData) -> Wanted:
    """The assignment that was written down.

    Raises:
        NotAllowed: a field is missing or strange; the sentence names it.
    """
    w = words()["lead"]
    zone = timedelta(minutes=_number(form, "zone", w["zone_utc"], -FARTHEST_ZONE, FARTHEST_ZONE))
    order = _one_of(form, "order", w["order"], get_args(Order))
    opens = _moment(form, "opens", w["opens"], zone)
    closes = opens if order == "bell" else _moment(form, "closes", w["closes"], zone)
    chosen = [str(s) for s in form.getlist("station")]
    placed = {s: _number(form, f"place-{s}", w["stations"], 0, LAST) or LAST for s in chosen}
    return Wanted(
        str(form.get("title", "")),
        str(form.get("cohort", "")),
        tuple(sorted(dict.fromkeys(chosen), key=lambda s: placed[s])),
        _one_of(form, "mode", w["mode"], get_args(Mode)),
        order,
        opens,
        closes,
        _number(form, "attempts", w["attempts"], 0, LAST),
        _one_of(form, "release", w["release"], get_args(Release)),
    )


def members(form: FormData) -> dict[str, int]:
    """Who was ticked, with the time added for each in percent.

    Raises:
        NotAllowed: added time is no number.
    """
    w = words()["cohorts"]
    ticked = [str(m) for m in form.getlist("member")]
    return {m: _number(form, f"added-{m}", w["added_head"], 0, LAST) for m in ticked}


def _strange(what: str) -> NotAllowed:
    return NotAllowed(views.fill(words()["lead"]["strange"], what=what))


def _number(form: FormData, field: str, what: str, least: int, most: int) -> int:
    sent = str(form.get(field, "")).strip() or "0"
    try:
        found = int(sent)
    except ValueError:
        raise _strange(what) from None
    if not least <= found <= most:
        raise _strange(what)
    return found


def _one_of(form: FormData, field: str, what: str, known: tuple[Any, ...]) -> Any:
    sent = str(form.get(field, ""))
    if sent not in known:
        raise _strange(what)
    return sent


def _moment(form: FormData, field: str, what: str, zone: timedelta) -> datetime:
    """A moment of the form's; `zone` is what the browser's clock is behind UTC."""
    try:
        found = datetime.fromisoformat(str(form.get(field, ""))).replace(tzinfo=None)
        return (found + zone).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _strange(what) from None
