"""What a turn does as a whole: its act, and what of its readings asks for an answer."""

from __future__ import annotations

from dataclasses import replace

from simulator.patient.case import Case
from simulator.patient.clauses import words_of
from simulator.patient.turn import Act, Reading

OPEN_STARTS = frozenset({"what", "how", "tell", "describe", "why", "walk", "talk", "explain"})
CLOSED_AFTER = frozenset({"bad", "long", "many", "often", "much", "old", "far", "time", "dose"})
LONG_TALK, CLEAR = 30, 0.75
ANYTHING = frozenset({"hpi.associated", "ros.general"})
OUT_OF_ROLE = frozenset({"ask_diagnosis", "ask_checklist", "break_role"})
ACT_OF_TALK: dict[str, Act] = {
    "greeting": "greeting",
    "introduction": "greeting",
    "empathy": "empathy",
    "reassurance": "empathy",
    "summary": "summary",
    "explanation": "explanation",
    "plan": "explanation",
    "examination": "instruction",
    "closing": "closing",
    "ask_diagnosis": "out_of_role",
    "ask_checklist": "out_of_role",
    "break_role": "out_of_role",
    "check_understanding": "question_closed",
    "permission": "question_closed",
}


def drop_echoes(readings: list[Reading]) -> list[Reading]:
    """'Chest pain, OK. When did it start?': what is repeated beside a question asks nothing."""
    if not any(r.question for r in readings):
        return readings
    return [
        r if r.question or r.kind == "talk" else replace(r, kind="talk", talk="acknowledgement")
        for r in readings
    ]


def drop_asides(readings: list[Reading], whole: str) -> list[Reading]:
    """A long explanation without a question mark asks nothing, whatever its words resemble."""
    if "?" in whole or len(words_of(whole)) < LONG_TALK:
        return readings
    return [
        r
        if r.kind == "talk" or r.score >= CLEAR
        else replace(r, kind="talk", talk="explanation", facts=(), topic=None)
        for r in readings
    ]


def mark_summary(readings: list[Reading], whole: str, case: Case) -> list[Reading]:
    """Statements beside a summary's lead are what is summed up: the patient checks them."""
    words = case.field.words
    led = any(lead in whole for lead in words.summary_leads)
    asked_back = any(r.talk == "summary" for r in readings)
    if not (led or asked_back):
        return readings
    if (
        any(r.question and r.kind != "talk" for r in readings)
        and not asked_back
        and len(whole) < 90
    ):
        return readings
    return [
        replace(r, kind="summary", talk="summary")
        if r.talk == "summary" or (not r.question and r.kind not in ("open",) and not _keeps(r))
        else r
        for r in readings
    ]


def _keeps(reading: Reading) -> bool:
    return reading.talk in (
        "greeting", "introduction", "empathy", "thanks", "closing", "explanation", "plan",
        "examination", "signpost", "permission", "confidentiality", *OUT_OF_ROLE, "rude",
    )  # fmt: skip


def drop_unclear(readings: list[Reading]) -> list[Reading]:
    """What is not understood beside what is answered is not asked back."""
    clear = [r for r in readings if r.kind != "unclear"]
    answered = any(r.kind != "talk" for r in clear)
    return clear if answered else readings


def one_each(readings: list[Reading]) -> list[Reading]:
    """Clauses that ask for the same thing are answered once."""
    seen: set[tuple[object, ...]] = set()
    kept: list[Reading] = []
    for reading in readings:
        key = (reading.kind, reading.facts, reading.topic, reading.talk)
        if key not in seen or reading.kind == "summary":
            kept.append(reading)
        seen.add(key)
    return kept


def act_of(readings: list[Reading], case: Case) -> Act:
    """The act of a turn: what asks weighs more than what is merely said."""
    asked = [r for r in readings if r.kind not in ("talk", "summary", "unclear")]
    if any(r.talk in OUT_OF_ROLE for r in readings):
        return "out_of_role"
    if asked:
        if _count_subjects(asked, case) > 1:
            return "questions"
        return "question_open" if _invites(asked[0]) else "question_closed"
    if any(r.kind == "summary" for r in readings):
        return "summary"
    if all(r.kind == "unclear" for r in readings):
        known = any(r.question and r.candidates for r in readings)
        return "question_closed" if known else "nonsense"
    acts = [ACT_OF_TALK.get(r.talk or "", "statement") for r in readings]
    ranked: list[Act] = [
        "empathy", "explanation", "instruction", "question_closed", "closing", "greeting",
    ]  # fmt: skip
    return next((a for a in ranked if a in acts), "statement")


def _invites(reading: Reading) -> bool:
    """Whether a question leaves it to the patient what to tell: 'anything else?'"""
    return reading.kind == "open" or (reading.kind == "review" and reading.topic in ANYTHING)


def _count_subjects(asked: list[Reading], case: Case) -> int:
    """How many different things are asked: 'What colour is it? Is it dark?' is one."""
    kept: list[Reading] = []
    for reading in asked:
        vague = reading.topic is None and not reading.facts
        if not (vague and kept) and not any(_alike(reading, other, case) for other in kept):
            kept.append(reading)
    return len(kept)


def _alike(first: Reading, second: Reading, case: Case) -> bool:
    if set(first.facts) & set(second.facts):
        return True
    one, two = first.topic, second.topic
    if one is None or two is None or first.clause == second.clause:  # items of one list
        return False
    topics = case.field.topics
    covered = topics.covered.get(one, frozenset()) | topics.covered.get(two, frozenset())
    near = {*topics[one].near, *topics[two].near} | covered
    return one == two or one in near or two in near


def is_open(readings: list[Reading]) -> bool:
    """Whether the turn leaves the answer open: 'tell me about …', 'how …', 'what …'."""
    for reading in readings:
        if reading.kind in ("open",):
            return True
        if reading.kind in ("facts", "review", "unknown") and reading.question:
            tokens = [*words_of(reading.clause), "", ""]
            return tokens[0] in OPEN_STARTS and tokens[1] not in CLOSED_AFTER
    return False
