"""`python -m simulator records …`: a copy of all that is kept of one person, its end, its age."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import NotAllowed, SimulatorError
from simulator.settings import Settings

if TYPE_CHECKING:
    from simulator.store.erasing import Erased
    from simulator.store.people import PeopleStore
    from simulator.store.record import RecordRows

Command = Callable[[argparse.Namespace, Settings], int]
Adding = Callable[[str, Command, str], argparse.ArgumentParser]
WHO = "an e-mail address, a pseudonym or an id, as `records list` has it"
DO = "do it; without this it is only shown"


def add_records(add: Adding) -> None:
    """The command and its deeds."""
    command = add("records", _run, "hand out or erase all that is kept of a person; let it expire")
    deeds = command.add_subparsers(required=True, dest="deed", metavar="DEED")
    deeds.add_parser("list", help="of whom there are encounters, also without accounts")
    deeds.add_parser("asked", help="who asked for a copy or the end of their record, and waits")
    export = deeds.add_parser("export", help="write all that is kept of a person into one file")
    export.add_argument("who", help=WHO)
    export.add_argument("file", type=Path, help="a new file (JSON)")
    erase = deeds.add_parser("erase", help="erase a person; marks stay as nobody's")
    erase.add_argument("who", help=WHO)
    expire = deeds.add_parser("expire", help="let go of what was kept for longer than VSP_KEEP_…")
    for parser in (erase, expire):
        parser.add_argument("--yes", action="store_true", help=DO)


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.store.database import connect
    from simulator.store.record import RecordRows

    rows = RecordRows(connect(settings.store))
    try:
        return DEEDS[arguments.deed](arguments, settings, rows)
    finally:
        rows.engine.dispose()


def _found(rows: RecordRows, word: str) -> str:
    who = rows.whose(word)
    if who is None:
        raise NotAllowed(f"Nothing is kept of {word!r}; python -m simulator records list")
    return who


def _list(arguments: argparse.Namespace, settings: Settings, rows: RecordRows) -> int:
    for holder in rows.holders():
        first, last = (f"{at:%Y-%m-%d}" for at in (holder.first, holder.last))
        who = holder.email or "no account"
        print("\t".join((holder.id, who, str(holder.encounters), first, last)))
    return 0


def _asked(arguments: argparse.Namespace, settings: Settings, rows: RecordRows) -> int:
    from simulator.store.people import PeopleStore

    people = PeopleStore(rows.engine)
    for line in people.requests():
        person = people.person(line.deed.who)
        print("\t".join((line.at[:10], person.email if person else line.deed.who, line.deed.what)))
    return 0


def _export(arguments: argparse.Namespace, settings: Settings, rows: RecordRows) -> int:
    from simulator.accounts.ledger import EXPORTED, OPERATOR, Deed
    from simulator.store.people import PeopleStore
    from simulator.studio.life import signed_by

    who, people = _found(rows, arguments.who), PeopleStore(rows.engine)
    if arguments.file.exists():
        raise NotAllowed(f"{arguments.file} is there already; name a new file")
    record, path = rows.record(who), arguments.file
    name, drafts = _name(people, who), settings.data_dir / "drafts"
    record["studio"] = signed_by(drafts, name) if name else []
    people.record(Deed(OPERATOR, EXPORTED, who), datetime.now(UTC))
    try:
        path.touch(mode=0o600)
        path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise SimulatorError(f"{path}: cannot be written ({error.strerror}); check it") from None
    print(f"{path}: {len(record['encounters'])} encounters, {len(record['log'])} lines of the log")
    print("Feedback that was not given out yet is in it; look before you send it.", file=sys.stderr)
    return 0


def _name(people: PeopleStore, who: str) -> str:
    """How somebody signs what they do in the studio; empty without an account."""
    person = people.person(who)
    return (person.name or person.email) if person else ""


def _erase(arguments: argparse.Namespace, settings: Settings, rows: RecordRows) -> int:
    done, lines = _forgotten(_found(rows, arguments.who), settings, rows, arguments.yes)
    for table, number in done.gone.items():
        print(f"{number}\t{table}")
    if lines:
        print(f"{lines}\tcomments and moves in the studio, whose name is taken off")
    print(f"{done.nameless} talks stay as marks of nobody's; the log stays, with ids alone")
    return _say(arguments.yes)


def _forgotten(who: str, settings: Settings, rows: RecordRows, yes: bool) -> tuple[Erased, int]:
    """Erase somebody, or only look: what went, and how many lines of the studio's they signed."""
    from simulator.store.erasing import Erasing, nobody
    from simulator.store.people import PeopleStore
    from simulator.studio.life import forget

    instead, lines = nobody(), 0
    # The studio's files first, while the name is known: if it stops, the next try goes on.
    if name := _name(PeopleStore(rows.engine), who):
        lines = forget(settings.data_dir / "drafts", name, instead if yes else "")
    return Erasing(rows.engine).erase(who, instead, datetime.now(UTC), trial=not yes), lines


def _expire(arguments: argparse.Namespace, settings: Settings, rows: RecordRows) -> int:
    from simulator.store.expiring import KEPT, Expired, Expiring, Kind

    days: dict[Kind, int] = {kind: getattr(settings, f"keep_{kind}_days") for kind in KEPT}
    now, store = datetime.now(UTC), Expiring(rows.engine)
    found = store.expire(days, now, trial=not arguments.yes)
    if settings.keep_closed_days:
        before = now - timedelta(days=settings.keep_closed_days)
        shut = store.shut_out(before)
        for who in shut if arguments.yes else ():
            _forgotten(who, settings, rows, True)
        found.append(Expired("closed", len(shut), before))
    for expired in found:
        print(f"{expired.number}\t{expired.kind}\tfrom before {expired.before:%Y-%m-%d}")
    periods = {**{str(k): n for k, n in days.items()}, "closed": settings.keep_closed_days}
    for kind in (k for k, n in periods.items() if not n):
        print(f"-\t{kind}\tkept for ever")
    return _say(arguments.yes)


def _say(done: bool) -> int:
    if not done:
        print("Nothing was done; with --yes it is.", file=sys.stderr)
    return 0


DEEDS: dict[str, Callable[[argparse.Namespace, Settings, RecordRows], int]] = {
    "list": _list,
    "asked": _asked,
    "export": _export,
    "erase": _erase,
    "expire": _expire,
}
