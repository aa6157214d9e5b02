"""Our own YAML: a draft as a file that authors read, and a clone of a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from simulator.scripts.schema import Fact, PatientScript

_ALWAYS = ("schema", "id", "version", "status", "title", "language")


class _Plain(yaml.SafeDumper):
    """Writes each value out, without anchors, and lists indented below their name."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def as_yaml(
    script: PatientScript, sources: Mapping[str, str] | None = None, left: Sequence[str] = ()
) -> str:
    """A script as YAML, in the order of the schema, without what is as by default.

    Args:
        script: The script. sources: for a fact's id, the words it came from, put above it as a
            comment. left: what no field holds, put at the end as comments.
    """
    data = script.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    full = script.model_dump(mode="json", by_alias=True)
    ordered = {k: data.get(k, full[k]) for k in full if k in _ALWAYS or k in data}
    parts: list[str] = []
    for key, value in ordered.items():
        if key == "facts":
            parts.append("facts:\n")
            parts += [_fact(f, (sources or {}).get(f.id, "")) for f in script.facts]
        else:
            parts.append(_dump({key: value}))
    if left:
        parts.append("\n# From the file, for which a script has no field:\n")
        parts += [f"# {_comment(text)}\n" for text in left]
    return "".join(parts)


def _fact(fact: Fact, source: str) -> str:
    data = fact.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    data.setdefault("tell", fact.tell)
    order = ("id", "topic", "says", "also", "tell")
    dumped = _dump([{k: data[k] for k in (*order, *data) if k in data}])
    body = "".join(f"  {line}\n" for line in dumped.splitlines())
    told_so = _comment(source).strip('."') == fact.says.strip('."')
    return (f"  # {_comment(source)}\n" if source and not told_so else "") + body


def _dump(data: Any) -> str:
    return yaml.dump(data, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)


def _comment(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
