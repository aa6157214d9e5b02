"""A case on its way from somebody's file to a draft: what was found, and what a human must do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from simulator.errors import ScriptError
from simulator.scripts.formats.native import as_yaml
from simulator.scripts.names import free, slug
from simulator.scripts.schema import PatientScript

MOST_LINE, MOST_NAME = 600, 120
STAND_IN_AGE = 50


@dataclass(frozen=True, slots=True)
class Imported:
    """A draft that plays, and what needs a human before it is a good one.

    `sources` has for each fact the words of the file that it came from; `left` holds what has no
    field in a script and stands as comments at the end of the YAML.
    """

    script: PatientScript
    needs_human: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The draft as YAML, each fact below the words it came from."""
        return as_yaml(self.script, self.sources, self.left)

    def with_topics(self, topics: Mapping[str, str]) -> Imported:
        """The draft with topics for facts that have none, by fact id; what was given is listed."""
        facts = [
            f.model_copy(update={"topic": topics[f.id]}) if not f.topic and f.id in topics else f
            for f in self.script.facts
        ]
        script = self.script.model_copy(update={"facts": tuple(facts)})
        guessed = [f"{f.id} {f.topic}" for f, old in zip(facts, self.script.facts, strict=True)
                   if f.topic != old.topic]  # fmt: skip
        if not guessed:
            return self
        said = f"topics of {len(guessed)} facts were guessed; read them: {', '.join(guessed)}"
        return replace(self, script=script, needs_human=(*self.needs_human, said))


@dataclass(slots=True)
class Draft:
    """What a reader has found so far. `name` is the file's, for the places of what it says."""

    name: str
    door: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def need(self, what: str, line: int | None = None) -> None:
        """Something that a human must do, at a line of the file."""
        place = self.name if line is None else f"{self.name}:{line}"
        self.needs.append(f"{place} {what}")

    def keep(self, what: str, line: int | None = None) -> None:
        """Words of the file that no field holds: kept as a comment, and named."""
        self.left.append(" ".join(what.split()))
        self.need(
            f"no field of a script holds this, so it stands as a comment: {short(what)!r}", line
        )

    def line(self, text: str, what: str, line: int | None = None) -> str:
        """A text that fits a field of up to 600 characters; what is cut off is kept and named."""
        text = " ".join(text.split())
        if len(text) <= MOST_LINE:
            return text
        cut = text.rfind(" ", 0, MOST_LINE - 1)
        cut = cut if cut > 0 else MOST_LINE - 1
        self.need(
            f"{what} is longer than {MOST_LINE} characters; shorten it or make two of it", line
        )
        self.left.append(f"{what} goes on: {text[cut:].strip()}")
        return text[:cut].rstrip() + "…"

    def title(self, text: str, what: str) -> str:
        """A text that fits a name of up to 120 characters."""
        text = " ".join(text.split())
        if len(text) <= MOST_NAME:
            return text
        self.need(
            f"{what} is longer than {MOST_NAME} characters; give it a short name: {short(text)!r}"
        )
        return text[: MOST_NAME - 1].rstrip() + "…"

    def fact(
        self, fact_id: str, says: str, source: str, line: int | None = None, **more: Any
    ) -> None:
        """A fact with the words of the file it came from."""
        says = self.line(says, f"fact {fact_id}", line)
        if not says:
            return
        name = free(fact_id, {f["id"] for f in self.facts})
        self.facts.append({"id": name, "says": says, **more})
        self.sources[name] = " ".join(source.split())

    def finish(self) -> Imported:
        """The draft with what is missing filled in, named for a human.

        Raises:
            ScriptError: what was found does not make a script.
        """
        door = self._door()
        concern = door["concern"]
        title = self.parts.pop("title", "") or concern
        wanted = self.parts.pop("id", "") or f"{title} {door['name']}"
        if not self.parts.get("opening"):
            self.parts["opening"] = f"It's about this: {concern[0].lower() + concern[1:]}."
            self.need("no opening was found; write what the patient says first")
        if not self.facts:
            self.need("no fact was found; the patient knows nothing yet")
        if not self.parts.get("note_key", {}).get("diagnosis"):
            self.need("no diagnosis was found; write note_key.diagnosis")
        data = {
            "schema": 1,
            "id": slug(wanted) or "imported-case",
            "version": "0.1.0",
            "status": "draft",
            "title": self.line(title, "the title"),
            "doorway": door,
            **self.parts,
            "facts": self.facts,
        }
        try:
            script = PatientScript.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(p) for p in first["loc"])
            raise ScriptError(
                f"{self.name}:1 {where}: {first['msg']}; correct it in the file"
            ) from None
        return Imported(script, tuple(dict.fromkeys(self.needs)), self.sources, tuple(self.left))

    def _door(self) -> dict[str, Any]:
        door = dict(self.door)
        if door.get("age") is None:
            door["age"] = STAND_IN_AGE
            self.need(f"no age was found; {STAND_IN_AGE} stands in doorway.age")
        for key, stand_in, what in (
            ("sex", "not stated", "no sex was found; name it in doorway.sex"),
            ("name", "Alex Morgan", "no name was found; 'Alex Morgan' stands in doorway.name"),
            ("setting", "Clinic", "no setting was found; 'Clinic' stands in doorway.setting"),
            ("concern", "Not stated", "no complaint was found; write doorway.concern"),
        ):
            if not door.get(key):
                door[key] = stand_in
                self.need(what)
        for key in ("name", "sex"):
            door[key] = self.title(str(door[key]), f"doorway.{key}")
        for key in ("setting", "concern"):
            door[key] = self.line(str(door[key]), f"doorway.{key}")
        return door


def short(text: str, most: int = 90) -> str:
    """The beginning of a text, for a message."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
