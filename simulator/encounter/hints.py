"""What a resident who asks for a hint is told: what nothing was asked about yet."""

from __future__ import annotations

from simulator.encounter.records import Encounter


def next_hint(encounter: Encounter) -> str:
    """The first checklist item that nothing was asked for yet and no hint was given on."""
    touched = {f for t in encounter.turns for f in (*t.trace.told, *t.trace.withheld)}
    denied = {d for t in encounter.turns for d in t.trace.denied}
    items = sorted(encounter.script.checklist, key=lambda i: not i.critical)
    for item in items:
        if not item.facts and not item.topics:
            continue
        if touched & set(item.facts) or denied & set(item.topics) or item.text in encounter.hints:
            continue
        return item.text
    return ""
