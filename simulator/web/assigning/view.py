"""What the encounter page and the library say of what was set."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.assignments.assignments import Given
from simulator.encounter.noticing import is_watched
from simulator.encounter.records import Encounter
from simulator.web import views
from simulator.web.assigning.words import words
from simulator.web.room import Room, lowered


def conditions(room: Room, encounter: Encounter) -> list[str]:
    """What to know of a station before its door is opened, a sentence each; its title first."""
    assignment = room.assignments.of_encounter(encounter)
    if assignment is None:
        return []
    k, w = words(), words()["door"]
    told = [views.fill(w["title"], title=assignment.title)]
    told.append(views.fill(w["conditions"], mode=k["mode"][encounter.mode]))
    if assignment.order == "bell":
        told.append(w["late"])
    if assignment.release != "at once":
        told.append(views.fill(w["held"], when=lowered(k["release"][assignment.release])))
    if is_watched(encounter):
        told.append(w["noticed"])
    return told


def over(room: Room, encounter: Encounter) -> str:
    """What stands on the page when all is handed in: the way to the review, and back."""
    k = words()["mine"]
    assignment, held = room.assignments.of_encounter(encounter), ""
    if room.assignments.holds_back(encounter) and assignment is not None:
        held = k["held_until" if assignment.release == "when it closes" else "held"]
    back = k["another"] if assignment else ""
    return views.render("over.html", id=encounter.id, held=held, assigned=back)


def block(given: Sequence[Given]) -> str:
    """The part of the library that tells what is still to do of what was set."""
    due = [g for g in given if not g.over]
    return views.render("assigned.html", given=due, k=words()["mine"])
