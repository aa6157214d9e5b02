"""Put the changes of two authors into one text, where they changed different lines."""

from __future__ import annotations

from difflib import SequenceMatcher

from simulator.errors import ScriptError
from simulator.scripts.parsing import read_yaml

Change = tuple[int, int, tuple[str, ...]]  # the lines of the base from, to; what stands there now


def merge(base: str, mine: str, theirs: str) -> str | None:
    """The base with both authors' changes, or None where they do not go together.

    What both wrote in one place is kept from both, theirs first; what both changed is not merged.
    """
    lines = base.splitlines(keepends=True)
    ours, others = _changes(lines, mine), _changes(lines, theirs)
    for i, j, new in ours:
        for k, m, other in others:
            if (i < m and k < j) and (i, j, new) != (k, m, other):
                return None
    placed = [(c, 0) for c in others] + [(c, 1) for c in ours if c not in others]
    for (i, j, new), _ in sorted(placed, key=lambda p: (p[0][0], p[0][1], p[1]), reverse=True):
        lines[i:j] = new
    merged = "".join(lines)
    try:
        read_yaml(merged, "draft")
    except ScriptError:
        return None
    return merged


def _changes(base: list[str], text: str) -> list[Change]:
    now = text.splitlines(keepends=True)
    matcher = SequenceMatcher(a=base, b=now, autojunk=False)
    found = [(i, j, tuple(now[k:m])) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"]
    return found
