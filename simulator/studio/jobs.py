"""Case tests under way: each in a thread of its own, its result kept with the version."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from pydantic import ValidationError

from simulator.errors import NotAllowed, SimulatorError
from simulator.scripts.schema import PatientScript
from simulator.studio.casetest import CaseTest, run
from simulator.studio.desk import Desk

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """A case test under way: how many of how many questions are put, or why it stopped."""

    version: int
    done: int = 0
    of: int = 0
    failed: str = ""
    thread: threading.Thread = field(default_factory=threading.Thread)


class Jobs:
    """The case tests of one program; a case is tested once at a time."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._running: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, case_id: str) -> Job:
        """Begin to test a case as it stands, or join the test that is under way.

        Raises:
            NotAllowed: no version of it can be played.
            UnknownScript: there is no such case.
        """
        found = self.desk.playable(self.desk.open(case_id))
        if found is None:
            raise NotAllowed("Mend what keeps the case from playing first.")
        script, version = found
        with self._lock:
            job = self._running.get(case_id)
            if job is not None and not job.failed:
                return job
            job = self._running[case_id] = Job(version)

        job.thread = threading.Thread(
            target=self._work, args=(case_id, script, job), name=f"test {case_id}", daemon=True
        )
        job.thread.start()
        return job

    def _work(self, case_id: str, script: PatientScript, job: Job) -> None:
        def progress(done: int, of: int) -> None:
            job.done, job.of = done, of

        try:
            result = run(self.desk.patient(script), job.version, progress)
            name = _file(job.version)
            self.desk.drafts.keep_beside(case_id, name, result.model_dump_json())
        except SimulatorError as error:
            job.failed = str(error)
        except Exception:
            logger.exception("the case test of %s stopped", case_id)
            job.failed = "The test stopped on a fault of the program; see its log."
        else:
            with self._lock:
                self._running.pop(case_id, None)

    def running(self, case_id: str) -> Job | None:
        """The test that is under way or has failed, if any."""
        with self._lock:
            return self._running.get(case_id)

    def result(self, case_id: str, version: int = -1) -> CaseTest | None:
        """What was found of a version, or of the newest that was tested."""
        if version < 0:
            folder = self.desk.drafts.beside(case_id, "tested")
            tested = [int(p.stem) for p in folder.glob("*.json") if p.stem.isdigit()]
            version = max(tested, default=-1)
        path = self.desk.drafts.beside(case_id, _file(version))
        try:
            return CaseTest.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            return None


def _file(version: int) -> str:
    return f"tested/{version}.json"
