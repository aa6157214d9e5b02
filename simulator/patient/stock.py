"""Keep a stock answer from contradicting the case.

What is said where a script is silent is the field's line for the topic ("I've been sleeping all
right"). Another fact of the script may make it false ("The pain woke me at five"): then the line is
not said. The judgement is learned (`statements`).
"""

from __future__ import annotations

import numpy as np

from simulator.patient.case import Case
from simulator.patient.statements import Statements

LOOKED_AT, NEAR = 4, 0.25  # the facts nearest to a stock line, from this cosine
FALSE = 0.7  # a line that is as surely contradicted is not said; set on `validate`


def belied_by(topic: str, case: Case, statements: Statements) -> str | None:
    """The fact that a topic's stock answer would contradict most surely, or None."""
    facts = list(case.facts.values())
    first = [case.rows[f.id].says[0] for f in facts]
    near = case.vectors[first] @ case.field.answers[case.field.row_of[topic]]
    stock = case.field.topics[topic].default
    looked_at = [int(i) for i in np.argsort(-near)[:LOOKED_AT] if near[i] >= NEAR]
    judged = [(statements.judge(stock, facts[i].says), facts[i].id) for i in looked_at]
    against = [(j.contradicts, fact) for j, fact in judged if j.contradicts >= FALSE]
    return max(against)[1] if against else None
