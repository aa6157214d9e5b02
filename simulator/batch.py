"""`python -m simulator batch score`: all stored talks scored anew, by as many workers as wanted.

Each talk's report is stored as soon as it is made, once. What was cut off goes on with the talks
that are left when the same command is given again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import queue
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from simulator.errors import SimulatorError
from simulator.settings import Settings

if TYPE_CHECKING:
    from simulator.services import Services
    from simulator.store.archive import Archive

Command = Callable[[argparse.Namespace, Settings], int]
Adding = Callable[[str, Command, str], argparse.ArgumentParser]
Scored = tuple[str, dict[str, Any] | None, str]  # whose, the report, else why there is none
Score = Callable[[str], Scored]
LOOK_S = 2.0  # how often it is looked whether all workers live


class Scorer:
    """Scores talks that are stored, one after the other; nothing is kept."""

    def __init__(self, settings: Settings, services: Services | None = None) -> None:
        from simulator.encounter.clock import SteadyClock
        from simulator.feedback import Feedback
        from simulator.services import Services as Made
        from simulator.store.database import connect
        from simulator.store.repository import Repository

        self.store = Repository(connect(settings.store))
        self.feedback = Feedback(services or Made(settings), self.store, SteadyClock())

    def __call__(self, encounter_id: str) -> Scored:
        """A talk's report by its own case, or the sentence that says why there is none."""
        try:
            report = self.feedback.anew(self.store.read(encounter_id))
        except (SimulatorError, ValueError) as error:  # one of another version is told, and left
            return encounter_id, None, f"{encounter_id}: {str(error).splitlines()[0]}"
        return encounter_id, report.model_dump(mode="json"), ""


def add_batch(add: Adding) -> None:
    """The command and its deed."""
    command = add("batch", _run, "score all stored talks anew; what was cut off goes on")
    deeds = command.add_subparsers(required=True, dest="deed", metavar="DEED")
    score = deeds.add_parser("score", help="every talk that is over, by its own case; prints JSON")
    score.add_argument("--case", default="", metavar="ID", help="of one case alone")
    score.add_argument("--programme", default="", help="of one programme alone")
    score.add_argument("--workers", type=int, default=1, metavar="N", help="processes (1)")
    score.add_argument(
        "--ray", metavar="ADDRESS", help="on a Ray cluster, or 'local'; needs requirements-ray.lock"
    )


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    import simulator
    from simulator.store.archive import Archive
    from simulator.store.database import connect

    workers = arguments.workers
    if not 1 <= workers <= 1024:
        raise SimulatorError(f"--workers {workers}: give a number from 1 to 1024")
    archive = Archive(connect(settings.store))
    try:
        parts = (arguments.case or "all cases", arguments.programme or "all programmes")
        name = f"{', '.join(parts)}, by version {simulator.__version__}"
        since = archive.begin(name, _now())
        ids = archive.waiting(since, arguments.case, arguments.programme)
        began, found = time.monotonic(), _reports(ids, workers, settings, arguments.ray)
        number, faults = _store(found, archive, since)
        archive.end(name, number, _now())
    finally:
        archive.engine.dispose()
    for fault in faults:
        print(fault, file=sys.stderr)
    seconds = round(time.monotonic() - began, 2)
    told = {"n": number, "workers": workers, "seconds": seconds, "left": len(ids) - number}
    print(json.dumps({**told, "since": since.isoformat()}))
    return 1 if faults else 0


def _reports(
    ids: Sequence[str], workers: int, settings: Settings, ray: str | None
) -> Iterator[Scored]:
    """The reports of talks as they are made: here, by processes of this computer's, or by Ray."""
    if not ids:
        return iter(())
    if ray is not None:
        from simulator.cluster import over_ray

        return over_ray(Scorer, settings, ids, workers, ray)
    if workers > 1:
        return over_processes(Scorer, settings, ids, workers)
    return map(Scorer(settings), ids)


def _store(found: Iterator[Scored], archive: Archive, since: datetime) -> tuple[int, list[str]]:
    """Store each report as it comes; how many, and what could not be scored."""
    number, faults = 0, []
    for encounter_id, report, why in found:
        if report is None:
            faults.append(why)
        else:
            number += archive.add(encounter_id, report, since, _now())
    return number, faults


def over_processes(
    make: Callable[[Settings], Score], settings: Settings, ids: Sequence[str], workers: int
) -> Iterator[Scored]:
    """The reports of talks, made by so many processes of this computer, as they come.

    Args:
        make: what scores a talk, made anew in each process. settings, ids, workers: as it is.

    Raises:
        SimulatorError: one of them ended before its time.
    """
    new = multiprocessing.get_context("spawn")
    asked: Any = new.Queue()
    made: Any = new.Queue()
    for one in [*ids, *[None] * workers]:
        asked.put(one)
    crew = [
        new.Process(target=_work, args=(make, settings, asked, made), daemon=True)
        for _ in range(min(workers, len(ids)))
    ]
    try:
        for worker in crew:
            worker.start()
        left = len(ids)
        while left:
            try:
                yield made.get(timeout=LOOK_S)
                left -= 1
            except queue.Empty:
                if any(w.exitcode not in (None, 0) for w in crew):
                    raise SimulatorError(
                        "A worker ended before its time, for want of memory or by a signal; what "
                        "it made is stored. Give the same command again, and it goes on"
                    ) from None
    finally:
        for worker in crew:
            worker.terminate()
            worker.join()


def _work(make: Callable[[Settings], Score], settings: Settings, asked: Any, made: Any) -> None:
    """What a worker does: one talk after the other until there is none."""
    score = make(settings)
    while (encounter_id := asked.get()) is not None:
        made.put(score(encounter_id))


def _now() -> datetime:
    return datetime.now(UTC)
