"""Check what a resident sums up against what the patient knows."""

from __future__ import annotations

import re
from dataclasses import replace

from simulator.knowledge.encoder import Vectors
from simulator.knowledge.topics import DENIABLE, Words
from simulator.patient.case import Case
from simulator.patient.clauses import words_of
from simulator.patient.lexicon import Mention
from simulator.patient.turn import Reading

NEAR, NEAR_DETAIL = 0.5, 0.3
DATED = frozenset({"hpi.onset", "hpi.duration"})
CORRECTABLE = ("opening", "open", "asked")


def check_summary(reading: Reading, lines: Vectors, case: Case) -> Reading:
    """The reading of a summing-up, with the fact it gets wrong or the symptom that is not there.

    Args:
        lines: how near it comes to each line of the script, as cosines.
    """
    nearness = {f: float(lines[list(rows.says)].max()) for f, rows in case.rows.items()}
    wrong = contradicted_facts(reading.clause, nearness, case)
    absent = () if wrong else asserted_but_absent(reading.clause, case)
    return replace(reading, facts=wrong, topic=absent[0] if absent else None)


def contradicted_facts(clause: str, own: dict[str, float], case: Case) -> tuple[str, ...]:
    """The facts that a summing-up gets wrong: another number, side, sense or a false denial.

    Args:
        clause: what the resident said.
        own: how near the clause comes to each fact, 0 to 1.
        case: the script.
    """
    wrong: list[str] = []
    for fact_id, score in sorted(own.items(), key=lambda item: -item[1]):
        fact = case.facts[fact_id]
        if fact.tell not in CORRECTABLE or not fact.knows:
            continue
        near = NEAR_DETAIL if case.topic_of[fact_id] in DATED else NEAR
        differs = score >= near and _differs(clause, fact.says, case.field.words)
        if differs or (fact.polarity == "positive" and _denies(clause, fact_id, case)):
            wrong.append(fact_id)
    return tuple(wrong[:2])


def asserted_but_absent(clause: str, case: Case) -> tuple[str, ...]:
    """Symptoms and conditions that a summing-up ascribes to a patient who has not got them."""
    found: list[str] = []
    for mention in case.field.lexicon.mentions(clause):
        if _negated(clause, mention, case.field.words):
            continue
        known = mention.topics & (case.chief_topics | set(case.facts_of))
        if known or case.mentioning(mention.topics):
            continue
        for topic in sorted(mention.topics, key=lambda t: (t not in case.script.denies, t)):
            denied = topic in case.script.denies or case.script.answers_no_by_default
            if case.field.topics[topic].kind in DENIABLE and denied:
                found.append(topic)
                break
    return tuple(found[:1])


def _denies(clause: str, fact_id: str, case: Case) -> bool:
    about = case.terms_of[fact_id] | {case.topic_of[fact_id]}
    says = words_of(case.facts[fact_id].says)
    if any(t in case.field.words.negations for t in says):
        return False
    return any(
        m.topics & about and _negated(clause, m, case.field.words)
        for m in case.field.lexicon.mentions(clause)
    )


def _negated(clause: str, mention: Mention, words: Words) -> bool:
    before = words_of(clause[: mention.start])[-4:]
    return any(t in words.negations for t in before)


def _differs(clause: str, line: str, words: Words) -> bool:
    ours, theirs = set(words_of(clause)), set(words_of(line))
    for first, second in words.opposites:
        for a, b in ((first, second), (second, first)):
            if a in ours and b not in ours and b in theirs and a not in theirs:
                return True
    said, known = _quantities(clause, words), _quantities(line, words)
    for unit, amounts in said.items():
        if unit in known and not amounts & known[unit]:
            return True
    if said and known and not set(said) & set(known):
        return _same_amount(said, known)
    return False


def _same_amount(said: dict[str, set[int]], known: dict[str, set[int]]) -> bool:
    """'Two days' for 'two hours': the number is kept and the unit is wrong."""
    return bool({n for v in said.values() for n in v} & {n for v in known.values() for n in v})


def _quantities(text: str, words: Words) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    tokens = re.findall(r"[a-z]+|\d+", text.lower())
    for i, token in enumerate(tokens):
        if token not in words.units:
            continue
        unit = token.removesuffix("s")
        for before in tokens[max(0, i - 3) : i]:
            number = int(before) if before.isdigit() else words.numbers.get(before)
            if number is not None and number < 10_000:
                found.setdefault(unit, set()).add(number)
    return found
