"""The commands that stay put, from serve to bench, and those that keep what is stored."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator import marking, trying
from simulator.admission import add_accounts
from simulator.batch import add_batch
from simulator.errors import SettingsError, SimulatorError
from simulator.keeping import add_records
from simulator.scripts.formats import READS, WRITES
from simulator.sending import add_outbox
from simulator.settings import ROOT, Settings, read_settings

if TYPE_CHECKING:
    from simulator.patient.turn import Reply

Command = Callable[[argparse.Namespace, Settings], int]
SPEAK = ("chat", "replay", "doctor", "score", "certify")  # with a local model, where one is wanted
Adding = Callable[[str, Command, str], argparse.ArgumentParser]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; a failure that a user can mend is one sentence and exit code 2."""
    _quiet_libraries()
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    try:
        settings = read_settings()
        if not _speaks(arguments):
            return command(arguments, settings)
        from simulator.llm.local import speaking

        if arguments.name in ("score", "certify"):
            settings = settings.model_copy(update={"judge": "llm"})
        with speaking(settings) as spoken:
            return command(arguments, spoken)
    except SimulatorError as error:
        print(error, file=sys.stderr)
        return 1 if arguments.name == "validate" else 2
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 130


def _speaks(arguments: argparse.Namespace) -> bool:
    """Whether a command needs a language model."""
    wanted = (getattr(arguments, "voice", "llm"), getattr(arguments, "judge", "llm"))
    return arguments.name in SPEAK and wanted == ("llm", "llm")


def _quiet_libraries() -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A virtual standardized patient."
    )
    commands = parser.add_subparsers(required=True, dest="name", metavar="COMMAND")

    def add(name: str, command: Command, about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(command=command)
        return sub

    serve = add("serve", _serve, "serve the web application")
    serve.add_argument("--host")
    serve.add_argument("--port", type=int)
    chat = add("chat", _chat, "interview a patient in the terminal")
    chat.add_argument("script")
    chat.add_argument("--why", action="store_true", help="show what was understood, and how surely")
    validate = add("validate", trying.validate, "check scripts: schema, lint and their own tests")
    validate.add_argument("paths", nargs="*", type=Path)
    casetest = add("casetest", trying.casetest, "put several hundred questions to a case")
    casetest.add_argument("script")
    casetest.add_argument(
        "--since", type=Path, metavar="FILE", help="only what concerns changes since this text"
    )
    replay = add("replay", _replay, "put a file of questions to a patient")
    replay.add_argument("script")
    replay.add_argument("questions", type=Path)
    replay.add_argument("--voice", choices=["scripted", "llm"], default="scripted")
    replay.add_argument("--encounter", choices=["one", "fresh"], default="one")
    _add_marks(add)
    add("model", _model, "fetch the language model that comes with the program")
    add("doctor", _doctor, "try the store, the voice and the language models, and say how they are")
    add("index", _index, "build the index of scripts and topics, and look through the guides")
    _add_exchange(add)
    add_accounts(add)
    add_outbox(add)
    _add_keeping(add)
    add_records(add)
    add_batch(add)
    schema = add("schema", _schema, "print the JSON Schema of patient scripts")
    schema.add_argument("--write", action="store_true", help="write it to docs/")
    bench = add("bench", _bench, "measure, and print one JSON line last")
    bench.add_argument("what")
    bench.add_argument("rest", nargs=argparse.REMAINDER)
    return parser


def _add_keeping(add: Adding) -> None:
    add("backup", _backup, "write the encounters into one file").add_argument("file", type=Path)
    add("restore", _restore, "put a backup in its place").add_argument("file", type=Path)
    add("check", _check, "look whether the stored encounters are sound")
    moving = add("move", _move, "copy all that is stored from a SQLite file to a server, or back")
    way = moving.add_mutually_exclusive_group(required=True)
    way.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="into VSP_DATABASE_URL"
    )
    way.add_argument("--to", dest="target", type=Path, metavar="FILE", help="from VSP_DATABASE_URL")


def _add_marks(add: Adding) -> None:
    score = add("score", _score, "score a transcript")
    score.add_argument("script")
    score.add_argument("transcript", type=Path)
    score.add_argument("--judge", choices=["none", "llm"], default="none")
    certify = add(
        "certify", _certify, "measure the model that would judge or read, on what was labelled"
    )
    certify.add_argument("subject", nargs="?", choices=["judge", "reader"], default="judge")
    certify.add_argument("--gold", type=Path, default=marking.GOLD, help="marks.jsonl and talks")
    certify.add_argument("--part", action="append", help="of the gold (validate); may be repeated")
    certify.add_argument("--most", type=int, metavar="N", help="put no more than so many items")
    certify.add_argument("--rubric", default="", help="of the cases (vsp-comm-9)")
    feedback = add("feedback", marking.feedback, "print the report kept on an encounter (JSON)")
    feedback.add_argument("encounter", help="its id, as in the address of its page")
    feedback.add_argument("--again", action="store_true", help="score anew; the old report is kept")
    feedback.add_argument("--pdf", type=Path, metavar="FILE", help="write it as a PDF as well")
    feedback.add_argument("--name", default="", help="whose it is, for the PDF")
    agreement = add("agreement", marking.agreement, "how far two markers agree on transcripts")
    agreement.add_argument("marked", nargs="?", type=Path, help="reports, or a sheet; file, folder")
    agreement.add_argument("reference", nargs="?", type=Path, help="whom they are held against")
    agreement.add_argument("--pass-mark", type=float, default=60.0, metavar="PERCENT")
    agreement.add_argument("--cohort", type=Path, help="marks whose shares are to be corrected")
    agreement.add_argument("--sheet", metavar="SCRIPT", help="print an empty sheet (CSV) instead")
    audit = add("audit", marking.audit, "rewrite what was said in ways that must not move a mark")
    audit.add_argument("transcripts", nargs="*", type=Path)
    audit.add_argument("--case", metavar="SCRIPT", help="its case; alone, a simulated resident's")


def _add_exchange(add: Adding) -> None:
    bring = add(
        "import", _import, "make a draft of a file: text, Word, AgentClinic, MedBiquitous …"
    )
    bring.add_argument("format", choices=["auto", *READS])
    bring.add_argument("file", type=Path)
    bring.add_argument("--out", type=Path, help="where the draft goes; - prints it")
    hand = add("export", _export, "write a script as Word, PDF, plain text, MedBiquitous or YAML")
    hand.add_argument("format", choices=WRITES)
    hand.add_argument("script")
    hand.add_argument("--out", type=Path)


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    serve = import_module("app").serve  # the program's own files import neither app.py nor bench/
    changes: dict[str, Any] = {
        key: value
        for key, value in (("host", arguments.host), ("port", arguments.port))
        if value is not None
    }
    serve(read_settings(**changes))
    return 0


def _chat(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.patient.turn import State
    from simulator.scripts.library import find_script
    from simulator.services import Services

    script = find_script(arguments.script, settings.scripts_dir, settings.cases_dir)
    door = script.doorway
    print(f"{script.title}\n{door.setting}. {door.name}, {door.age}, {door.sex}: {door.concern}.")
    print("Ask your questions. An empty line or Ctrl-D ends the interview.\n")
    patient, state = Services(settings).live(script, settings.voice), State()
    talk: list[tuple[str, str]] = []
    while True:
        try:
            said = input("You: ")
        except EOFError:
            said = ""
        if not said.strip():
            print(f"\n{door.name}: {script.closing}" if script.closing else "")
            return 0
        reply, state = patient.reply(said, state, history=talk)
        talk += [("resident", said), ("patient", reply.text)]
        print(f"{door.name}: {reply.text}\n")
        if arguments.why:
            print(_why(reply))


def _why(reply: Reply) -> str:
    """What was understood of a turn, with the chances, and what followed from it."""
    understood, decision = reply.understanding, reply.decision
    acts = ", ".join(f"{a} {p:.2f}" for a, p in sorted(understood.acts.items(), key=_by_chance))
    lines = [f"  acts: {acts or 'none'}   rapport: {decision.rapport}"]
    for reading in understood.readings:
        about = ", ".join(reading.facts) or reading.topic or reading.talk or "nothing"
        lines.append(f"  {reading.kind} {about} {reading.score:.2f}: {reading.clause!r}")
        rivals = [f"{c.fact or c.topic} {c.score:.2f}" for c in reading.candidates[:4]]
        lines += [f"    of {', '.join(rivals)}"] if rivals else []
    lines += [
        f"  → {p.kind} {', '.join(p.facts) or p.topic or p.talk or ''} {p.why}"
        for p in decision.parts
    ]
    return "\n".join(lines) + "\n"


def _by_chance(pair: tuple[str, float]) -> float:
    return -pair[1]


def _replay(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.patient.replay import read_questions, replay
    from simulator.scripts.library import find_script
    from simulator.services import Services

    script = find_script(arguments.script, settings.scripts_dir, settings.cases_dir)
    lines = marking.read_text(arguments.questions).splitlines()
    questions = read_questions(lines, str(arguments.questions))
    patient = Services(settings).live(script, arguments.voice)
    for line in replay(patient, questions, arguments.encounter):
        print(json.dumps(line, ensure_ascii=False), flush=True)
    return 0


def _score(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.evaluator.transcript import read_transcript, score_transcript
    from simulator.scripts.library import find_script
    from simulator.services import Services

    script = find_script(arguments.script, settings.scripts_dir, settings.cases_dir)
    text = marking.read_text(arguments.transcript)
    transcript = read_transcript(text, str(arguments.transcript), settings.knowledge_dir)
    result = score_transcript(script, transcript, Services(settings), arguments.judge)
    print(json.dumps(result, ensure_ascii=False, indent=1))
    for sentence in result.get("judged", {}).get("says", ()):
        print(sentence, file=sys.stderr)
    return 0


def _certify(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.subject == "judge":
        return marking.certify(arguments, settings)
    from simulator.reading import certify_reader

    return certify_reader(settings)


def _model(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.llm.weights import MODELS, fetch

    fetch(MODELS[settings.local_model], settings, lambda step: print(step, flush=True))
    return 0


def _doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.doctor import examine_models, examine_speech, examine_store
    from simulator.services import Services

    store = examine_store(settings)
    print(store, flush=True)
    well = store.well
    for finding in chain(examine_speech(settings), examine_models(settings, Services(settings))):
        print(finding, flush=True)
        well = well and finding.well
    return 0 if well else 1


def _index(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.knowledge.weights import SMALL
    from simulator.services import Services

    services = Services(settings)
    topics = len(list(services.field.topics))
    scripts = [services.case(s) for s in services.library.scripts.values()]
    sections = len(services.guides)
    services.prepare_encoders()
    for problem in services.library.problems:
        print(problem, file=sys.stderr)
    print(f"Index ready: {topics} topics, {len(scripts)} scripts, {sections} guide sections.")
    if services.encoder.base is SMALL and settings.reader == "auto":
        print("The strong reader's weights are not installed, so the small reader plays.")
    return 0


def _import(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.exchange import import_file

    format_, out = arguments.format, arguments.out
    for said in import_file(arguments.file, None if format_ == "auto" else format_, out, settings):
        print(said)
    return 0


def _export(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.exchange import export_script

    for said in export_script(arguments.script, arguments.format, arguments.out, settings):
        print(said)
    return 0


def _backup(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.store.backup import backup

    print(f"{arguments.file}: {backup(settings.store, arguments.file)}")
    return 0


def _restore(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.store.backup import restore

    held, former = restore(settings.store, arguments.file)
    print(f"{settings.database}: {held}")
    if former is not None:
        print(f"What was stored before is kept as {former}")
    return 0


def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.store.engines import name_of
    from simulator.store.soundness import check

    held, faults = check(settings.store)
    for fault in faults:
        print(fault)
    print(f"{name_of(settings.store)}: {held}, {len(faults)} fault(s)", file=sys.stderr)
    return 1 if faults else 0


def _move(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.store.engines import name_of
    from simulator.store.moving import move

    server = settings.store
    if isinstance(server, Path):
        raise SettingsError("Set VSP_DATABASE_URL to the PostgreSQL database; docs/database.md")
    source, target = (server, arguments.target) if arguments.target else (arguments.source, server)
    print(f"{name_of(target)}: {move(source, target)}")
    return 0


def _schema(arguments: argparse.Namespace, settings: Settings) -> int:
    from simulator.scripts.schema import json_schema

    text = json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
    if arguments.write:
        (ROOT / "docs" / "patient-script.schema.json").write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


def _bench(arguments: argparse.Namespace, settings: Settings) -> int:
    done: int = import_module("bench").run(arguments.what, arguments.rest, settings)
    return done
