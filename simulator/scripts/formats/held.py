"""What of a script a format does not hold, told from the script so that no field is missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from simulator.scripts.schema import PatientScript

_NAMED = ("doorway.vitals", "patient.reactions", "debrief.model_questions")  # by names of their own


def beyond(
    script: PatientScript, held: Collection[str], first: Collection[str] = ()
) -> tuple[str, ...]:
    """The fields that a format does not hold, each with how much of it the script has.

    Args:
        script: the case. held: the fields that the format holds, as facts.says; one stands for
            all below it. first: fields of which it holds the first value only.
    """
    counts: Counter[str] = Counter()
    data = script.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for path, count in _leaves(data, ""):
        steps = path.split(".")
        if any(".".join(steps[:n]) in held for n in range(1, len(steps) + 1)):
            continue
        left = count - 1 if path in first else count
        if left:
            counts[path] += left
    return tuple(f"{_said(path)}: {count}" for path, count in counts.items())


def _leaves(value: Any, path: str) -> Iterator[tuple[str, int]]:
    """Each field's path, without the places in lists, and how many values it has."""
    if isinstance(value, dict) and path not in _NAMED:
        for name, below in value.items():
            yield from _leaves(below, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(v, dict) for v in value):
        for item in value:
            yield from _leaves(item, path)
    else:
        yield path, len(value) if isinstance(value, dict | list) else 1


def _said(path: str) -> str:
    return path.replace("_", " ").replace(".", ", ")
