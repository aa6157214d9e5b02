"""Try the store, the voice and the language models, and say in plain words how they are.

The patient's model is asked the questions of a small case that everybody can check; what it says is
held against the case by the guard, so the share of its answers that may be heard is measured and
not guessed. The evaluator's model is asked for typed verdicts whose right answers are known.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from simulator.errors import ModelOutputInvalid, ModelUnavailable, SpeechUnavailable, StoreError
from simulator.evaluator.certificate import certified_kinds
from simulator.evaluator.judging import basis_of
from simulator.knowledge.topics import read_model
from simulator.llm import Model, configured_model
from simulator.llm.certificates import certificates_dir, read_certificate
from simulator.llm.weights import MODELS
from simulator.patient.turn import Reply, State
from simulator.patient.understanding.certificate import ReaderCertificate
from simulator.scripts.parsing import read_script
from simulator.scripts.schema import CommunicationPart
from simulator.services import Services
from simulator.settings import Settings
from simulator.speech import Speech, open_speech
from simulator.speech.sound import from_wave, to_mu_law

CASE = Path(__file__).parent / "checks" / "doctor.yaml"
VERDICTS = Path(__file__).parent / "checks" / "verdicts.yaml"
GOOD_SHARE, FAIR_SHARE = 0.8, 0.4
FIRST_S, WHOLE_S = 2.5, 5.0  # what a resident waits for gladly: first words, the whole reply


class Verdict(BaseModel):
    """The typed answer that an evaluator's model is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Literal["met", "not met"]
    quote: str


class VerdictCheck(BaseModel):
    """A question whose right verdict is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: str
    said: str
    verdict: Literal["met", "not met"]


class VerdictChecks(BaseModel):
    """How a model is greeted, what the evaluator's is told, and the questions to try it with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    greeting: str
    instruction: str
    checks: tuple[VerdictCheck, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination: what was looked at, whether it is well, and what to know."""

    what: str
    well: bool
    says: str

    def __str__(self) -> str:
        return f"{'✓' if self.well else '✗'} {self.what}: {self.says}"


def examine_store(settings: Settings) -> Finding:
    """Whether a step could be stored where the settings say; nothing is made that is not there."""
    from simulator.store.database import connect
    from simulator.store.engines import name_of
    from simulator.store.repository import Repository

    try:
        name = name_of(settings.store)
        if settings.store == settings.database and not settings.database.exists():
            return Finding("store", True, f"{name} is made when the program starts")
        store = Repository(connect(settings.store))
        try:
            store.check_writable()
        finally:
            store.engine.dispose()
    except StoreError as error:
        return Finding("store", False, str(error))
    return Finding("store", True, f"{name} can be read and written")


def examine_speech(settings: Settings) -> Iterator[Finding]:
    """Have a sentence spoken and written down again; nothing where speech is not switched on."""
    speech = open_speech(settings)
    if speech is None:
        return
    try:
        if speech.lacks:
            yield Finding("speech", False, f"{speech.lacks}. What is there of it works without")
        yield from _spoken(speech)
    except SpeechUnavailable as error:
        yield Finding("speech", False, f"{error}. Until it works, everything is read and typed")
    finally:
        speech.close()


def _spoken(speech: Speech) -> Iterator[Finding]:
    script, _ = read_script(CASE)
    speech.warm()
    began = time.perf_counter()
    said = speech.say(script, script.opening, 0) if speech.speaks else None
    spoken = time.perf_counter()
    if said is None:
        return
    yield Finding("voice", True, f"a first sentence can be heard after {spoken - began:.1f} s")
    if speech.hears:
        heard = speech.hear(to_mu_law(from_wave(said.sound)))
        written = f"it is written down {time.perf_counter() - spoken:.1f} s later: {heard!r}"
        yield Finding("listening", bool(heard), written)


def examine_models(settings: Settings, services: Services) -> Iterator[Finding]:
    """Try the patient's model, then the evaluator's, each finding as soon as it is known."""
    if not settings.llm_model and not settings.judge_model:
        yield Finding(
            "language model",
            True,
            "none is configured, and none is needed: the patient speaks the author's lines. "
            "For a freer patient set VSP_LLM_MODEL, VSP_LLM_BASE_URL and VSP_VOICE=llm, or fetch "
            "the one that comes with the program (make model) and set VSP_VOICE=local",
        )
        return
    yield from _patient(settings, services)
    yield from _evaluator(settings, services)


def _patient(settings: Settings, services: Services) -> Iterator[Finding]:
    try:
        model = configured_model(settings, "patient")
        asked = read_model(VERDICTS, VerdictChecks).greeting
        greeting = "".join(model.stream([("user", asked)]))
    except ModelUnavailable as error:
        yield Finding(
            "patient", False, f"{error}. Until then the patient speaks the author's lines"
        )
        return
    yield Finding("patient", True, f"{model.name} answers: {greeting.strip()[:60]!r}")
    replies = list(_interview(model, services))
    away = next((r.spoken.away for r in replies if r.spoken and r.spoken.away), "")
    if away:
        yield Finding("patient", False, f"it went away in the interview ({away})")
    yield _speed(replies, model.name)
    yield _fitness(replies)
    yield examine_reader(model.name, settings, services)
    if settings.voice != "llm":
        yield Finding("patient", True, "it is not in use: set VSP_VOICE=llm to let it speak")


def _interview(model: Model, services: Services) -> Iterator[Reply]:
    script, _ = read_script(CASE)
    patient = services.voiced(script, model)
    state, talk = State(), list[tuple[str, str]]()
    for test in script.tests_of_the_script:
        reply, state = patient.reply(test.ask, state, history=talk)
        talk += [("resident", test.ask), ("patient", reply.text)]
        yield reply


def _speed(replies: Sequence[Reply], name: str) -> Finding:
    first = [c["first_ms"] for r in replies for c in _calls(r) if c["first_ms"] is not None]
    if not first:
        return Finding("speed", False, "no word of an answer came")
    middle = statistics.median(first) / 1000
    whole = statistics.median(r.ms for r in replies) / 1000
    quick = middle <= FIRST_S and whole <= WHOLE_S
    tokens = sum(c["tokens_in"] + c["tokens_out"] for r in replies for c in _calls(r))
    cached = sum(c["tokens_cached"] for r in replies for c in _calls(r))
    slow = "residents will wait; a smaller model is faster"
    if name in {weights.name for weights in MODELS.values()}:
        slow = "this machine is too slow for it; VSP_LOCAL_MODEL=0.5b is faster, or another server"
    return Finding(
        "speed",
        quick,
        f"first word after {middle:.1f} s, the whole reply after {whole:.1f} s (half of the turns; "
        f"{FIRST_S} and {WHOLE_S} are good): {'fast enough' if quick else slow}. "
        f"{tokens // len(replies)} tokens a turn, {cached // len(replies)} of them from the "
        "server's cache",
    )


def examine_reader(name: str, settings: Settings, services: Services) -> Finding:
    """What the patient's model has proved as a reader here, and whether it reads."""
    basis = services.reader_basis(name)
    found = read_certificate(certificates_dir(settings.data_dir), basis, ReaderCertificate)
    if found is None:
        return Finding(
            "reader",
            True,
            "it is not certified to read turns, so the learned reader does; 'python -m simulator "
            "certify reader' puts labelled turns to both",
        )
    model, learned = found.model, found.learned
    said = (
        f"of what {found.turns} labelled turns ask for it heard {model.recall.share:.2f} (at least "
        f"{model.recall.low:.2f}; the learned reader {learned.recall.share:.2f}), and of what it "
        f"heard {model.precision.share:.2f} was asked for (at least {model.precision.low:.2f}; "
        f"{learned.precision.share:.2f}); prompt {basis.prompt}, {found.made_at[:10]}"
    )
    if not found.certified:
        return Finding("reader", True, f"{said}. It is not certified: the learned reader reads")
    use = "reads" if settings.reads == "llm" else "may read: set VSP_READS=llm"
    return Finding("reader", True, f"{said}. It is certified, and {use}")


def _calls(reply: Reply) -> Sequence[dict[str, float]]:
    return reply.spoken.calls if reply.spoken else ()


def _fitness(replies: Sequence[Reply]) -> Finding:
    own = sum(r.voice == "llm" and not r.guarded for r in replies) / len(replies)
    stopped: dict[str, int] = {}
    for fault in (f for r in replies for f in r.guarded):
        kind = fault.split(":", 1)[0]
        stopped[kind] = stopped.get(kind, 0) + 1
    why = ", ".join(f"{kind} {n}" for kind, n in sorted(stopped.items(), key=lambda x: -x[1])[:3])
    said = f"{own:.0%} of {len(replies)} answers could be heard as it gave them"
    said += f" (stopped for: {why})" if why else ""
    if own >= GOOD_SHARE:
        return Finding("fitness", True, f"{said}. Fit to play the patient")
    if own >= FAIR_SHARE:
        return Finding("fitness", True, f"{said}. Usable: the other answers are the author's lines")
    return Finding(
        "fitness",
        False,
        f"{said}. Not fit: most answers will be the author's lines; take a larger model",
    )


def _evaluator(settings: Settings, services: Services) -> Iterator[Finding]:
    checks = read_model(VERDICTS, VerdictChecks)
    try:
        model = configured_model(settings, "evaluator")
        right = sum(_judges(model, checks.instruction, check) for check in checks.checks)
    except (ModelUnavailable, ModelOutputInvalid) as error:
        yield Finding("evaluator", False, f"{error}. Scoring needs no model and goes on without")
        return
    said = (
        f"{model.name} gave {right} of {len(checks.checks)} known verdicts, in the form asked for"
    )
    fit = right == len(checks.checks)
    yield Finding("evaluator", fit, f"{said}. {'Fit' if fit else 'Not fit'} for typed answers")
    yield _certified(model.name, settings, services)


def _certified(name: str, settings: Settings, services: Services) -> Finding:
    """What the evaluator's model may settle here."""
    rubric = services.rubric(CommunicationPart().rubric)
    basis = basis_of(name, rubric, settings)
    kinds = sorted(certified_kinds(certificates_dir(settings.data_dir), basis))
    if not kinds:
        return Finding(
            "judge",
            True,
            "it is certified for no kind of item, so the rules mark alone; 'python -m simulator "
            "certify' puts marked talks to it and says what it is good enough for",
        )
    use = "in use" if settings.judge == "llm" else "not in use: set VSP_JUDGE=llm"
    return Finding(
        "judge", True, f"it is certified for items of the kind {', '.join(kinds)}; {use}"
    )


def _judges(model: Model, instruction: str, check: VerdictCheck) -> bool:
    asked = f"Item: {check.item}\nThe resident said: {check.said}"
    found, _ = model.extract([("system", instruction), ("user", asked)], Verdict)
    return found.verdict == check.verdict and (
        found.verdict == "not met" or found.quote.strip(" .\"'").lower() in check.said.lower()
    )
