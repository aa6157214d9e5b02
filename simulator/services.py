"""What every command and page needs, made once and loaded when first used."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from simulator.errors import ModelUnavailable, SimulatorError
from simulator.knowledge.adapter import adapter_file, adapter_id, uptake_file
from simulator.knowledge.certificates import certified
from simulator.knowledge.encoder import Encoder
from simulator.knowledge.guides import Section, load_guides
from simulator.knowledge.index import Index
from simulator.knowledge.rubrics import Rubric, load_rubric
from simulator.knowledge.talk import load_talk
from simulator.knowledge.topics import load_topics
from simulator.knowledge.weights import SMALL, STRONG, Base, package_folder, strong_parts
from simulator.language.concepts import Concepts, load_concepts
from simulator.language.lexicon import Lexicon
from simulator.language.words import Words, load_abbreviations, load_words
from simulator.llm import Model, ServedModel, configured_model
from simulator.llm.certificates import certificates_dir, read_certificate
from simulator.llm.weights import MODELS
from simulator.metrics import Metrics
from simulator.patient.case import Case, Field, load_case, load_field
from simulator.patient.guard.check import Guard
from simulator.patient.guard.scope import Phrasebook, claims_of
from simulator.patient.guard.words import load_guard_words
from simulator.patient.llm_voice import FreeVoice
from simulator.patient.patient import Patient
from simulator.patient.statements import Statements
from simulator.patient.understanding.certificate import ReaderBasis, ReaderCertificate, turns_digest
from simulator.patient.understanding.closer import Closer
from simulator.patient.understanding.decision import Decision
from simulator.patient.understanding.model_reader import ModelReader, prompt_digest
from simulator.patient.understanding.reader import Reader
from simulator.patient.understanding.understand import Understander
from simulator.patient.understanding.uptake import Uptake
from simulator.scripts.library import Library, content_hash, load_library, published_at
from simulator.scripts.schema import PatientScript
from simulator.settings import Settings

logger = logging.getLogger(__name__)
CASES_KEPT, CASES_WARM = 64, 24
T = TypeVar("T")


class Services:
    """The encoder, the index, the field's knowledge and the cases of one installation."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None) -> None:
        self.settings = settings
        cache = settings.data_dir / "encoder"
        base = reader_base(settings)
        self.encoder = encoder or Encoder(cache, adapter_file(f"reader-{base.name}"), base)
        self.guard_encoder = Encoder(cache, adapter_file("guard-minilm"), SMALL)
        self.metrics = Metrics()
        self.index = Index(settings.index_dir, self.encoder, self.metrics.index_healed)
        self._cases: OrderedDict[str, Case] = OrderedDict()
        self._guards: OrderedDict[str, Guard] = OrderedDict()
        self._library: Library | None = None
        self._seen = 0  # when the last edition was published that the library knows of
        self._lock, self._shelf = threading.RLock(), threading.Lock()

    @cached_property
    def understander(self) -> Understander:
        """The trained reader with the decision that was fitted to it."""
        prepare(self.encoder)
        name = self.encoder.base.name
        reader = Reader(self.encoder, adapter_file(f"acts-{name}"))
        closer = Closer(adapter_file(f"closer-{name}")) if "closer" in self._fitted else None
        decision = Decision(adapter_file(f"decision-{name}"), closer)
        return Understander(reader, decision, self.statements, Uptake(uptake_file(name)))

    @property
    def _fitted(self) -> tuple[str, ...]:
        """The parts that were fitted on the reader; the small one has no closer look."""
        return ("acts", "decision", *(["closer"] if self.encoder.base is STRONG else []))

    @property
    def loaded(self) -> bool:
        """Whether what a turn is read with is in memory; asking loads nothing."""
        return {"understander", "_field"} <= self.__dict__.keys()

    @property
    def library(self) -> Library:
        """The scripts of the installation, read anew once any process has published an edition."""
        folder = self.settings.cases_dir
        with self._shelf:
            seen = published_at(folder)
            if self._library is None or seen != self._seen:
                self._library = load_library(self.settings.scripts_dir, folder)
                self._seen = seen
            return self._library

    def reload_library(self) -> None:
        """Read the scripts anew when they are asked for next: an edition was published."""
        with self._shelf:
            self._library = None

    @cached_property
    def guides(self) -> dict[str, Section]:
        """The teaching notes by ref."""
        return load_guides(self.settings.knowledge_dir)

    @cached_property
    def concepts(self) -> Concepts:
        """The field's concepts by all their names."""
        return load_concepts(self.settings.knowledge_dir)

    @cached_property
    def statements(self) -> Statements:
        """What tells whether a statement supports a fact."""
        return Statements(self._sense, self.words)

    @cached_property
    def words(self) -> Words:
        """The words by which code keeps a promise."""
        return load_words(self.settings.knowledge_dir)

    @cached_property
    def _sense(self) -> Encoder:
        cache = self.settings.data_dir / "encoder"
        sense = Encoder(
            cache, adapter_file(f"entailment-{self.encoder.base.name}"), self.encoder.base
        )
        prepare(sense)
        return sense

    def rubric(self, rubric_id: str) -> Rubric:
        """The communication rubric of that id."""
        return load_rubric(self.settings.knowledge_dir, rubric_id)

    def certified(self, rubric: Rubric) -> frozenset[str]:
        """The dimensions whose levels agree with readers', by the reader that is in use."""
        return certified(self.settings.knowledge_dir, rubric, self.encoder.base.name)

    @property
    def field(self) -> Field:
        """The topics and the talk, with their vectors."""
        with self._lock:
            return self._field

    @cached_property
    def _field(self) -> Field:
        folder = self.settings.knowledge_dir
        topics, known = load_topics(folder), [w for w in self.vocabulary if w.isalpha()]
        lexicon = Lexicon(topics, [*known, *self.concepts.words], load_abbreviations(folder))
        return load_field(topics, load_talk(folder), self.words, self.index, lexicon)

    def case(self, script: PatientScript) -> Case:
        """The script, ready to be asked; those used last are kept in memory."""
        key = content_hash(script)
        return self._kept(self._cases, key, lambda: load_case(script, self.field, self.index))

    def _kept(self, shelf: OrderedDict[str, T], key: str, make: Callable[[], T]) -> T:
        """What the shelf holds under the key, made first where needed; the oldest goes."""
        with self._lock:
            if key not in shelf:
                shelf[key] = make()
            shelf.move_to_end(key)
            if len(shelf) > CASES_KEPT:
                shelf.popitem(last=False)
            return shelf[key]

    @cached_property
    def vocabulary(self) -> list[str]:
        """The encoder's words, the commonest first."""
        return (package_folder() / "vocab.txt").read_text(encoding="utf-8").split()

    @cached_property
    def phrasebook(self) -> Phrasebook:
        """What the guard of every case knows."""
        words, field = load_guard_words(self.settings.knowledge_dir), self.field
        rank = {word: place for place, word in enumerate(self.vocabulary)}
        return Phrasebook(field, claims_of(field, words, rank), self.guard_encoder, rank)

    @cached_property
    def model(self) -> Model:
        """The language model that speaks the patient.

        Raises:
            ModelUnavailable: none is configured.
        """
        return configured_model(self.settings, "patient", self.metrics.call)

    @property
    def candidate_reader(self) -> ModelReader:
        """The patient's model as one that reads turns, whether it may or not.

        Raises:
            ModelUnavailable: none is configured.
        """
        limits = {"llm_total_s": self.settings.reads_s, "llm_first_s": self.settings.reads_s}
        quick = self.settings.model_copy(update={**limits, "llm_temperature": 0.0})
        model = configured_model(quick, "patient", self.metrics.call)
        return ModelReader(model, self.understander.decision)

    def reader_basis(self, model: str) -> ReaderBasis:
        """What a model of that name has to prove before it reads.

        Raises:
            KnowledgeError: the prompt or the labelled turns are missing.
        """
        fitted = [adapter_file(f"{part}-{self.encoder.base.name}") for part in self._fitted]
        return ReaderBasis(
            model=model,
            prompt=prompt_digest(),
            learned=" ".join([self.encoder.id, *map(adapter_id, fitted)]),
            turns=turns_digest(self.settings.knowledge_dir),
        )

    @property
    def model_reader(self) -> ModelReader | None:
        """The language model that reads live turns, where one is wanted, configured and certified.

        Looked at once: a certificate that was made later counts from the next start.
        """
        return self._certified_reader if self.settings.reads == "llm" else None

    @cached_property
    def _certified_reader(self) -> ModelReader | None:
        with suppress(ModelUnavailable):
            reader, folder = self.candidate_reader, certificates_dir(self.settings.data_dir)
            basis = self.reader_basis(reader.model.name)
            found = read_certificate(folder, basis, ReaderCertificate)
            if found is not None and found.certified:
                return reader
        return None

    @cached_property
    def judge_model(self) -> Model:
        """The language model that may judge.

        Raises:
            ModelUnavailable: none is configured.
        """
        return configured_model(self.settings, "evaluator", self.metrics.call)

    def model_state(self) -> dict[str, float]:
        """Of the patient's model, once it was used: calls that wait, and whether it rests."""
        model = self.__dict__.get("model")
        if not isinstance(model, ServedModel):
            return {}
        return {"waiting": float(model.waiting), "resting": float(model.resting)}

    def patient(self, script: PatientScript, voice: str = "scripted") -> Patient:
        """A patient who plays the script, in the scripted voice or a language model's.

        Raises:
            ModelUnavailable: the voice is 'llm' and no model is configured.
        """
        if voice != "llm":
            return Patient(self.case(script), self.understander)
        return self.voiced(script, self.model)

    def live(self, script: PatientScript, voice: str) -> Patient:
        """A patient for a talk that is under way: read by the language model, where it may.

        Raises:
            ModelUnavailable: the voice is 'llm' and no model is configured.
        """
        patient, reader = self.patient(script, voice), self.model_reader
        if reader is None:
            return patient
        return replace(patient, understander=replace(patient.understander, decision=reader))

    def voiced(self, script: PatientScript, model: Model) -> Patient:
        """A patient whom this model speaks, behind the guard."""
        guard = self.guard(script)
        return Patient(guard.case, self.understander, FreeVoice(model, guard))

    def guard(self, script: PatientScript) -> Guard:
        """The guard of the script's case."""
        key = content_hash(script)
        return self._kept(self._guards, key, lambda: Guard(self.case(script), self.phrasebook))

    def prepare_encoders(self) -> None:
        """Load all encoders, each exported first where it is not there yet."""
        for encoder in (self.encoder, self.guard_encoder, self._sense):
            prepare(encoder)

    def warm(self) -> None:
        """Load what the first turn and the first feedback need: encoders, field, first cases."""
        self.prepare_encoders()
        _ = self.understander, self.model_reader
        if self.settings.voice == "llm":
            with suppress(ModelUnavailable):  # every turn says so, in a banner
                _ = self.model
        for script in self.library.released()[:CASES_WARM]:
            self.case(script)
            if self.settings.voice == "llm":
                self.guard(script)
        self._read_ahead()

    def _read_ahead(self) -> None:
        """Have the local model read the rules of each case, so that no resident waits for that."""
        if self.settings.llm_model not in {weights.name for weights in MODELS.values()}:
            return
        with suppress(ModelUnavailable):  # the first turn says so
            for script in self.library.released()[:CASES_WARM]:
                FreeVoice(self.model, self.guard(script)).read_ahead()


def prepare(encoder: Encoder) -> None:
    """Load an encoder; what was derived and is damaged is exported anew.

    Raises:
        EncoderMissing: the package with the weights cannot be used.
        StoreError: the cache cannot be written.
    """
    try:
        encoder.prepare()
    except SimulatorError:
        raise
    except Exception as error:
        logger.warning("the encoder %s is damaged and made anew: %s", encoder.file, error)
        encoder.file.with_suffix(".sha256").unlink(missing_ok=True)
        encoder.prepare()


def reader_base(settings: Settings) -> Base:
    """The encoder that reads: the strong one where its weights are installed."""
    if settings.reader == "small":
        return SMALL
    if settings.reader == "strong" or strong_parts():
        return STRONG
    return SMALL
