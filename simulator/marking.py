"""The commands on marks: the report that is kept, agreement between markers, the audit."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from simulator.errors import MarksError, SimulatorError
from simulator.settings import ROOT, Settings

GOLD = ROOT / "bench" / "labels" / "gold"  # talks that were marked within the project
MAX_FILE = 50_000_000  # bytes of a transcript or of questions


def feedback(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the report that is kept on an encounter."""
    from simulator.encounter.clock import SteadyClock
    from simulator.feedback import Feedback
    from simulator.services import Services
    from simulator.store.database import connect
    from simulator.store.repository import Repository

    store = Repository(connect(settings.store))
    service = Feedback(Services(settings), store, SteadyClock())
    encounter = store.read(arguments.encounter)
    report = service.again(encounter) if arguments.again else service.of(encounter)
    if arguments.pdf:
        from simulator.web.pdf import as_pdf

        _write(arguments.pdf, as_pdf(report, arguments.name))
    print(json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=1))
    return 0


def agreement(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print how far two markers agree, or an empty sheet."""
    from simulator.evaluator import agreement as agreeing
    from simulator.evaluator import marks, tables
    from simulator.scripts.library import find_script

    if arguments.sheet:
        print(
            marks.empty_sheet(
                find_script(arguments.sheet, settings.scripts_dir, settings.cases_dir)
            ),
            end="",
        )
        return 0
    if not arguments.marked or not arguments.reference:
        raise MarksError("Give two files of marks, or --sheet SCRIPT for an empty sheet")
    sides = [marks.read_marks(path) for path in (arguments.marked, arguments.reference)]
    study = agreeing.study(marks.pair(*sides), arguments.pass_mark)
    print(*tables.study_rows(study), sep="\n")
    result = study.model_dump()
    if arguments.cohort:
        cohort = [(m.item, m.domain or "", m.verdict) for m in marks.read_marks(arguments.cohort)]
        corrected = agreeing.correct(cohort, study)
        print(*tables.corrected_rows(corrected), sep="\n")
        result["cohort"] = {name: found.model_dump() for name, found in corrected.items()}
    print(json.dumps(result, ensure_ascii=False))
    return 0


def audit(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print which marks turn on what must not move them."""
    from simulator.evaluator import audit as auditing
    from simulator.evaluator import rewrites, transcript
    from simulator.evaluator.residents import hold_transcript
    from simulator.scripts.library import find_script
    from simulator.services import Services

    services, talks = Services(settings), []
    if not arguments.transcripts:
        if not arguments.case:
            raise MarksError("Give transcripts, or --case SCRIPT for a simulated resident's")
        script = find_script(arguments.case, settings.scripts_dir, settings.cases_dir)
        talks.append((hold_transcript(script, services), script))
    for path in arguments.transcripts:
        text = read_text(path)
        case = arguments.case or transcript.named_script(text)
        if not case:
            raise MarksError(f"{path} does not say whose it is; name its case with --case")
        talk = transcript.read_transcript(text, str(path), settings.knowledge_dir)
        talks.append((talk, find_script(case, settings.scripts_dir, settings.cases_dir)))
    ways, outcomes = rewrites.load_rewrites(settings.knowledge_dir), []
    for talk, script in talks:
        judged = partial(transcript.report_transcript, script, services=services)
        outcomes += list(auditing.audit(talk, script, ways, judged))
    found = auditing.sum_up_audit(outcomes, ways)
    print(*auditing.audit_rows(found), sep="\n")
    print(json.dumps(found.model_dump(), ensure_ascii=False))
    return 0


def certify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Put marked talks to the model that would judge, and keep what it is good enough for."""
    from simulator.encounter.clock import SteadyClock
    from simulator.evaluator import certifying
    from simulator.evaluator.judging import configured_judge
    from simulator.llm.certificates import certificates_dir, keep_certificate
    from simulator.scripts.library import find_script
    from simulator.scripts.schema import CommunicationPart
    from simulator.services import Services

    services = Services(settings)
    rubric = services.rubric(arguments.rubric or CommunicationPart().rubric)
    gold = certifying.read_gold(arguments.gold, arguments.part or [certifying.FOR_JUDGES])
    find = partial(find_script, folder=settings.scripts_dir, published=settings.cases_dir)
    found = certifying.certify(
        gold,
        services,
        configured_judge(services, rubric),
        find,
        SteadyClock()(),
        arguments.most,
        partial(print, flush=True),
    )
    file = keep_certificate(certificates_dir(settings.data_dir), found)
    print(*certifying.certificate_rows(found), f"kept as {file}", sep="\n")
    certified = {"certified": found.certified}
    print(json.dumps({**found.model_dump(), **certified}, ensure_ascii=False))
    return 0 if found.certified else 1


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise SimulatorError(f"{path}: cannot be written ({error.strerror}); check it") from None


def read_text(path: Path) -> str:
    """The text of a file that a user named.

    Raises:
        SimulatorError: it is too long, no text, or cannot be read.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise SimulatorError(f"{path}: is longer than {MAX_FILE:,} bytes; split the file")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SimulatorError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise SimulatorError(f"{path}: cannot be read ({error.strerror}); check the path") from None
