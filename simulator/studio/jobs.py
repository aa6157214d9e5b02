"""Case tests under way: each in a thread of its own, its result kept with the version."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import ValidationError

from simulator.errors import NotAllowed, SimulatorError
from simulator.patient.understanding.reader import KeptReader
from simulator.scripts.schema import PatientScript
from simulator.studio.casetest import CaseTest, run
from simulator.studio.desk import Desk
from simulator.studio.findings import check
from simulator.studio.retest import retest

logger = logging.getLogger(__name__)
QUICK = "tested/quick.json"
Base = tuple[int, PatientScript]  # a version that was tested whole


@dataclass(slots=True)
class Job:
    """A case test under way: how many of how many questions are put, or why it stopped."""

    version: int
    done: int = 0
    of: int = 0
    failed: str = ""
    quick: bool = False
    thread: threading.Thread = field(default_factory=threading.Thread)


class Jobs:
    """The case tests of one program; a case is tested once at a time."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._running: dict[str, Job] = {}
        self._lock = threading.Lock()

    @cached_property
    def _reader(self) -> KeptReader:
        return KeptReader(self.desk.services.understander.reader)

    def start(self, case_id: str, quick: bool = False) -> Job:
        """Begin to test a case as it stands, or join the test that is under way.

        Args:
            case_id: the case. quick: put only what concerns that which changed since the last
                whole test.

        Raises:
            NotAllowed: no version of it can be played, or none was tested whole.
            UnknownScript: there is no such case.
        """
        found = self.desk.playable(self.desk.open(case_id))
        if found is None:
            raise NotAllowed("Mend what keeps the case from playing first.")
        script, version = found
        base = self._base(case_id) if quick else None
        if quick and base is None:
            raise NotAllowed("Test the whole case once; a quick test looks at what changed since.")
        with self._lock:
            job = self._running.get(case_id)
            if job is not None and not job.failed:
                return job
            job = self._running[case_id] = Job(version, quick=quick)

        arguments = (case_id, script, job, base)
        job.thread = threading.Thread(
            target=self._work, args=arguments, name=f"test {case_id}", daemon=True
        )
        job.thread.start()
        return job

    def _work(self, case_id: str, script: PatientScript, job: Job, base: Base | None) -> None:
        def progress(done: int, of: int) -> None:
            job.done, job.of = done, of

        try:
            patient, kept = self.desk.patient(script), self._reader
            if base is None:
                result = run(patient, job.version, progress, kept)
            else:
                result = retest(patient, job.version, base, progress, kept)
            name = _file(job.version) if base is None else QUICK
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

    def _base(self, case_id: str) -> Base | None:
        """The newest version that was tested whole, where its text is still kept."""
        tested = self.result(case_id)
        if tested is None:
            return None
        try:
            text = self.desk.drafts.text_of(case_id, tested.version)
        except SimulatorError:
            return None
        script = check(text, self.desk.known).script
        return (tested.version, script) if script is not None else None

    def can_be_quick(self, case_id: str) -> bool:
        """Whether there is a whole test to hold a quick one against."""
        return self.desk.drafts.has(case_id) and self._base(case_id) is not None

    def quick(self, case_id: str) -> CaseTest | None:
        """What the last quick test found, where no whole test came after it."""
        found, whole = self._read(case_id, QUICK), self.result(case_id)
        return found if found and whole and found.since == whole.version else None

    def result(self, case_id: str, version: int = -1) -> CaseTest | None:
        """What was found of a version, or of the newest that was tested."""
        if version < 0:
            folder = self.desk.drafts.beside(case_id, "tested")
            tested = [int(p.stem) for p in folder.glob("*.json") if p.stem.isdigit()]
            version = max(tested, default=-1)
        return self._read(case_id, _file(version))

    def _read(self, case_id: str, name: str) -> CaseTest | None:
        path = self.desk.drafts.beside(case_id, name)
        try:
            return CaseTest.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            return None


def _file(version: int) -> str:
    return f"tested/{version}.json"
