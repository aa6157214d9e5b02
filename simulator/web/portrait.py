"""The drawn portrait of a patient: which face, from the script or by a stable chance, and the SVG.

The drawing, its colours and the bounds of chance are data in portraits/.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from jinja2 import Environment
from markupsafe import Markup

from simulator.encounter.affect import affect_at_first, affect_now
from simulator.encounter.records import Encounter
from simulator.scripts.schema import Affection, Hair, PatientScript
from simulator.web import views

FOLDER = Path(__file__).parent / "portraits"
COVERED: tuple[Hair, ...] = ("headscarf",)  # no ears, and no hair, are seen
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Face:
    """One face: all that the drawing needs beside the affect."""

    skin: str
    hair: str
    hair_colour: str
    beard: str
    glasses: bool
    sex: str  # female, male, or "" where the script says otherwise
    age: int
    clothes: str
    cloth: int
    ground: int
    iris: str


@cache
def _looks() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "looks.yaml").read_text(encoding="utf-8"))
    return loaded


def face_of(script: PatientScript) -> Face:
    """The patient's face: what the author chose, the rest by age, sex and a hash of the id."""
    looks, wish, age = _looks(), script.portrait, script.speaker.age

    def pick(what: str, of: Sequence[T]) -> T:
        digest = hashlib.sha256(f"{script.id} {what}".encode()).digest()
        return of[int.from_bytes(digest[:4], "big") % len(of)]

    sex = _sex(script.speaker.sex)
    skin: str = wish.skin or pick("skin", list(looks["skins"]))
    shaves = sex != "male" or age < looks["beards"]["from"]
    beard = "none" if shaves else pick("beard", looks["beards"]["of"])
    glasses = pick("glasses", _from_age(looks["glasses"], age)["of"])
    return Face(
        skin=skin,
        hair=wish.hair or pick("hair", _styles(skin, sex, age)),
        hair_colour=wish.hair_colour or pick("hair colour", _colours(skin, age)),
        beard=wish.beard or beard,
        glasses=glasses if wish.glasses is None else wish.glasses,
        sex=sex,
        age=age,
        clothes=pick("clothes", looks["clothes"]),
        cloth=pick("cloth", range(len(looks["cloths"]))),
        ground=pick("ground", range(len(looks["grounds"]))),
        iris=pick("iris", looks["irises"][skin]),
    )


def _sex(written: str) -> str:
    words = _looks()["sexes"].items()
    return next((sex for sex, names in words if written.strip().lower() in names), "")


def _from_age(rows: Sequence[dict[str, Any]], age: int) -> dict[str, Any]:
    return next(row for row in rows if age >= row["from"])


def _styles(skin: str, sex: str, age: int) -> list[str]:
    def fits(bounds: dict[str, Any]) -> bool:
        youngest, oldest = bounds.get("ages", (0, 120))
        return (
            not bounds.get("by_author")
            and youngest <= age <= oldest
            and skin in bounds.get("skins", [skin])
            and sex in (*bounds.get("sexes", [sex]), "")
        )

    found = [style for style, bounds in _looks()["hair"].items() if fits(bounds)]
    return found or ["crop"]  # a child of one or two


def _colours(skin: str, age: int) -> list[str]:
    row = _from_age(_looks()["greying"], age)
    own = _looks()["own_colours"][skin] if row["own"] else []
    return [*own, *row["and"]]


@cache
def _drawing() -> Environment:
    return views.environment(FOLDER)


def at_first(script: PatientScript, place: str) -> Markup:
    """The patient as one meets them, for a place: card, first-step, at-door."""
    return looking(script, affect_at_first(script), place)


def looking(script: PatientScript, affect: Affection, place: str) -> Markup:
    """The patient with one affect, for a place."""
    return _framed(draw(face_of(script), (affect,)), script.speaker.name, affect, place)


def in_the_room(encounter: Encounter) -> Markup:
    """The patient as they look now, with every affect drawn, so that the page can change it."""
    script = encounter.script
    now = affect_now(script, encounter.turns)
    return _framed(draw(face_of(script)), script.speaker.name, now, "room")


def look_of(encounter: Encounter) -> dict[str, str]:
    """How the patient looks now, for the page's script: the affect, and the same in words."""
    affect = affect_now(encounter.script, encounter.turns)
    return {"affect": affect, "words": _in_words(encounter.script.speaker.name, affect)}


def _framed(drawing: Markup, name: str, affect: Affection, place: str) -> Markup:
    values = {"drawing": drawing, "looks": _in_words(name, affect), "affect": affect}
    return Markup(views.render("portrait.html", **values, place=place))  # noqa: S704 - a template of ours


def _in_words(name: str, affect: Affection) -> str:
    return views.fill(views.words()["portrait"][affect], name=name)


@lru_cache(maxsize=256)
def draw(face: Face, affects: tuple[Affection, ...] = ()) -> Markup:
    """The SVG of a face with these affects over one another; none named: with all of them."""
    looks, lines = _looks(), _looks()["lines"]
    tone = looks["hair_colours"][face.hair_colour]
    aged = {name: face.age >= lines[name] for name in ("folds", "crow", "bags", "forehead")}
    young, woman = face.age <= lines["young"], face.sex != "male"
    outline = "full" if face.age >= lines["full"] else "soft"
    outline = "young" if young else outline if woman else "square"
    values = asdict(face) | {
        "skin": looks["skins"][face.skin],
        "tone": tone,
        "cloth": looks["cloths"][face.cloth],
        "scarf": looks["cloths"][(face.cloth + 1) % len(looks["cloths"])],
        "ground": face.ground,
        "frame": looks["frame"],
        "ears": face.hair not in COVERED,
        "outline": looks["outlines"][outline],
        "iris_size": 6.4 if young else 5.6,
        "lash": 3.2 if woman else 2.6,
        "brow_width": 4 if woman else 5.2,
        "lip": 0.9 if woman else 0.45,
        "affects": {name: looks["affects"][name] for name in affects or looks["affects"]},
    }
    return Markup(_drawing().get_template("portrait.svg").render(**values, **aged))  # noqa: S704 - our own drawing, its values escaped
