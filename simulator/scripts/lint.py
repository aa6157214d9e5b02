"""Tell what a valid script still lacks or gets wrong: references, completeness, leaks."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulator.scripts.names import names_any
from simulator.scripts.parsing import LocatedYaml, Path_, dotted
from simulator.scripts.schema import PatientScript

MIN_FACTS, MIN_ITEMS, MAX_MEDIAN_WORDS = 35, 20, 15
SHORT = 3  # letters: such names of a diagnosis stand in too many other words


@dataclass(frozen=True, slots=True)
class Known:
    """What the field knows and a script may refer to."""

    topics: frozenset[str]
    guides: frozenset[str]
    rubrics: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: where it stands, and what would do."""

    path: Path_
    message: str

    def show(self, name: str, located: LocatedYaml) -> str:
        """file:line field: message."""
        return f"{name}:{located.line_of(self.path)} {dotted(self.path)}: {self.message}"


def lint(script: PatientScript, known: Known) -> list[Finding]:
    """The findings on a script, in the order of its parts; empty where all is well."""
    found = [*_duplicates(script), *_references(script, known), *_contradictions(script)]
    found += leaks(script)
    if script.status in ("pilot", "released") and not script.guided:
        found += _incomplete(script)
    return found


def _duplicates(script: PatientScript) -> Iterator[Finding]:
    groups: list[tuple[str, Iterable[str]]] = [
        ("facts", (f.id for f in script.facts)),
        ("checklist", (i.id for i in script.checklist)),
        ("cues", (c.id for c in script.cues)),
        ("challenges", (c.id for c in script.challenges)),
    ]
    for group, ids in groups:
        seen: set[str] = set()
        for place, item_id in enumerate(ids):
            if item_id in seen:
                yield Finding((group, place, "id"), f"{item_id!r} stands twice; choose another id")
            seen.add(item_id)


def _references(script: PatientScript, known: Known) -> Iterator[Finding]:
    facts = frozenset(f.id for f in script.facts)
    cues = frozenset(c.id for c in script.cues)
    items = frozenset(i.id for i in script.checklist)
    for path, value, allowed, what in _all_references(script, facts, cues, items, known):
        if value not in allowed:
            yield Finding(path, f"there is no {what} {value!r}{_nearest(value, allowed)}")


_Reference = tuple[Path_, str, frozenset[str], str]


def _all_references(
    script: PatientScript,
    facts: frozenset[str],
    cues: frozenset[str],
    items: frozenset[str],
    known: Known,
) -> Iterator[_Reference]:
    yield from _persona_references(script, facts)
    for i, f in enumerate(script.facts):
        if f.topic:
            yield ("facts", i, "topic"), f.topic, known.topics, "topic"
    for i, topic in enumerate(script.denies):
        yield ("denies", i), topic, known.topics, "topic"
    for i, challenge in enumerate(script.challenges):
        if challenge.when.after_fact:
            path = ("challenges", i, "when", "after_fact")
            yield path, challenge.when.after_fact, facts, "fact"
    for i, cue in enumerate(script.cues):
        if cue.with_fact:
            yield ("cues", i, "with"), cue.with_fact, facts, "fact"
        for n, fact in enumerate(cue.opens):
            yield ("cues", i, "opens", n), fact, facts, "fact"
    yield from _checklist_references(script, facts, cues, known)
    yield from _key_references(script, facts, known)
    yield from _debrief_references(script, facts, items, known)


def _persona_references(script: PatientScript, facts: frozenset[str]) -> Iterator[_Reference]:
    persona = script.patient
    for name in ("ideas", "concerns", "expectations"):
        for i, fact in enumerate(getattr(persona, name)):
            yield ("patient", name, i), fact, facts, "fact"
    if persona.hidden_agenda:
        yield ("patient", "hidden_agenda"), persona.hidden_agenda, facts, "fact"


def _checklist_references(
    script: PatientScript, facts: frozenset[str], cues: frozenset[str], known: Known
) -> Iterator[_Reference]:
    for i, item in enumerate(script.checklist):
        for j, fact in enumerate(item.facts):
            yield ("checklist", i, "facts", j), fact, facts, "fact"
        for j, topic in enumerate(item.topics):
            yield ("checklist", i, "topics", j), topic, known.topics, "topic"
        if item.cue:
            yield ("checklist", i, "cue"), item.cue, cues, "cue"


def _key_references(
    script: PatientScript, facts: frozenset[str], known: Known
) -> Iterator[_Reference]:
    yield ("communication", "rubric"), script.communication.rubric, known.rubrics, "rubric"
    evidence = facts | known.topics
    evidence |= {m.manoeuvre for m in script.examination} | {t.name for t in script.tests}
    for i, d in enumerate(script.note_key.differential):
        for side in ("support", "against"):
            for j, ref in enumerate(getattr(d, side)):
                path = ("note_key", "differential", i, side, j)
                yield path, ref, evidence, "fact or topic"
    for i, fact in enumerate(script.note_key.history):
        yield ("note_key", "history", i), fact, facts, "fact"


def _debrief_references(
    script: PatientScript, facts: frozenset[str], items: frozenset[str], known: Known
) -> Iterator[_Reference]:
    for i, point in enumerate(script.debrief.teaching_points):
        if point.guide:
            path = ("debrief", "teaching_points", i, "guide")
            yield path, point.guide, known.guides, "guide section"
    for item in script.debrief.model_questions:
        yield ("debrief", "model_questions", item), item, items, "checklist item"
    for i, line in enumerate(script.debrief.patient_says):
        conditions = (("after", line.after), ("without", line.without))
        for name, wanted in [(n, w) for n, w in conditions if w]:
            yield ("debrief", "patient_says", i, name), wanted, items, "checklist item"
    yield from _test_references(script, facts, known)


def _test_references(
    script: PatientScript, facts: frozenset[str], known: Known
) -> Iterator[_Reference]:
    for i, test in enumerate(script.tests_of_the_script):
        if not isinstance(test.expect, str):
            here: Path_ = ("tests_of_the_script", i, "expect")
            for fact in (*test.expect.facts, *test.expect.withheld):
                yield here, fact, facts, "fact"
            for topic in test.expect.denied:
                yield here, topic, known.topics, "topic"


def _nearest(value: str, allowed: frozenset[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(value, sorted(allowed), n=1)
    return f"; did you mean {close[0]!r}?" if close else "; add it or remove this line"


def _contradictions(script: PatientScript) -> Iterator[Finding]:
    topics = {f.topic: f.id for f in script.facts if f.topic}
    for i, topic in enumerate(script.denies):
        if topic in topics:
            yield Finding(
                ("denies", i),
                f"{topic!r} is denied, but fact {topics[topic]!r} speaks of it; drop one",
            )
    for i, item in enumerate(script.checklist):
        if not (item.facts or item.topics or item.acts or item.cue):
            yield Finding(
                ("checklist", i),
                f"{item.id!r} rests on nothing; give it facts, topics, acts or a cue",
            )


def leaks(script: PatientScript) -> Iterator[Finding]:
    """The diagnosis, by any of its names, where the resident meets the patient."""
    seen: list[tuple[Path_, str]] = [(("title",), script.title), (("opening",), script.opening)]
    seen += [(("doorway", "concern"), script.doorway.concern)]
    seen += [(("doorway", "tasks", i), t) for i, t in enumerate(script.doorway.tasks)]
    for path, text in seen:
        if found := names_diagnosis(text, script):
            yield Finding(path, f"gives away the diagnosis {found!r}; reword it")


def names_diagnosis(text: str, script: PatientScript) -> str:
    """The name of a case's diagnosis that stands in a text, or nothing."""
    key = script.note_key
    names = [key.diagnosis, *(n for d in key.differential[:1] for n in (d.name, *d.also))]
    return names_any(text, (n.lower().strip() for n in names if len(n.strip()) > SHORT))


@dataclass(frozen=True, slots=True)
class Want:
    """One thing that a released case has: in which field, and whether it is there."""

    field: str
    holds: bool
    message: str


def wants(script: PatientScript) -> list[Want]:
    """All that a released case has, by its parts; a guided one may be as short as it is."""
    if script.guided:
        return []
    tiers = {f.tell for f in script.facts}
    key, persona = script.note_key, script.patient
    wanted: list[tuple[str, bool, str]] = [
        ("facts", len(script.facts) >= MIN_FACTS, f"a released case has {MIN_FACTS} facts or more"),
        ("facts", "trust" in tiers, "no fact needs trust (tell: trust)"),
        ("facts", "open" in tiers, "nothing is volunteered (tell: open)"),
        ("denies", bool(script.denies), "name the pertinent negatives"),
        ("checklist", len(script.checklist) >= MIN_ITEMS, f"{MIN_ITEMS} items or more are needed"),
        ("checklist", any(i.critical for i in script.checklist), "no item is critical"),
        ("patient", bool(persona.ideas and persona.concerns), "give ideas and concerns"),
        ("cues", bool(script.cues), "give at least one cue"),
        ("challenges", bool(script.challenges), "give at least one challenge question"),
        ("closing", bool(script.closing), "say how the patient takes leave"),
        ("examination", bool(script.examination), "give the examination findings"),
        ("tests", bool(script.tests), "give the test results"),
        ("note_key", bool(key.diagnosis and key.differential), "give the note key"),
        ("debrief", bool(script.debrief.teaching_points), "give teaching points"),
        ("objectives", bool(script.objectives), "state the objectives"),
        ("reviewers", bool(script.reviewers), "name who read it a second time"),
        (
            "tests_of_the_script",
            bool(script.tests_of_the_script),
            "give the script tests of its own",
        ),
    ]
    return [Want(*want) for want in wanted]


def _incomplete(script: PatientScript) -> Iterator[Finding]:
    for want in wants(script):
        if want.field == "reviewers" and script.status == "pilot":
            continue  # who reads it a second time releases it after the pilot
        if not want.holds:
            yield Finding((want.field,), want.message)
    if script.facts:
        median = statistics.median(len(f.says.split()) for f in script.facts)
        if median >= MAX_MEDIAN_WORDS:
            yield Finding(
                ("facts",), f"half of the answers have {median:g} words or more; shorten them"
            )
    for i, item in enumerate(script.checklist):
        if item.id not in script.debrief.model_questions:
            yield Finding(("checklist", i), f"{item.id!r} has no model question in debrief")
