from __future__ import annotations

from typing import Any

import pytest

from simulator.errors import ScriptError
from simulator.scripts.parsing import read_yaml
from simulator.scripts.schema import PatientScript
from simulator.settings import Settings
from simulator.studio import form

SCRIPTS = sorted(Settings().scripts_dir.glob("*.yaml"))
NOT_IN_THE_FORM = {"schema", "id", "status"}


def fields_of(data: Any) -> Any:
    for part in form.sections():
        for field in part.fields:
            yield field, field.at(())
        for items in part.lists:
            for place, item in enumerate(form.value_at(data, items.steps) or []):
                for field in items.fields:
                    yield field, field.at((*items.steps, place), item)


def test_every_field_of_a_script_has_its_place_in_the_form() -> None:
    places = {f.path.split(".")[0] for s in form.sections() for f in s.fields}
    places |= {x.path.split(".")[0] for s in form.sections() for x in s.lists}
    names = {i.alias or n for n, i in PatientScript.model_fields.items()}
    assert names - places == NOT_IN_THE_FORM
    for part in form.sections():
        for field in part.fields:
            assert field.path.split(".")[0] in names


@pytest.mark.parametrize("model", ["Fact", "ChecklistItem", "Cue", "Manoeuvre", "Investigation"])
def test_every_field_of_an_item_has_its_place_in_the_form(model: str) -> None:
    from simulator.scripts import schema

    lists = {"Fact": "facts", "ChecklistItem": "checklist", "Cue": "cues",
             "Manoeuvre": "examination", "Investigation": "tests"}  # fmt: skip
    names = {i.alias or n for n, i in getattr(schema, model).model_fields.items()}
    assert names <= {f.path for f in form.list_at(lists[model]).fields}


@pytest.mark.parametrize("path", SCRIPTS, ids=[p.stem for p in SCRIPTS])
def test_what_a_field_shows_is_read_back_as_the_value_that_it_showed(path: Any) -> None:
    data = read_yaml(path.read_text(encoding="utf-8"), "x").data
    seen = 0
    for field, where in fields_of(data):
        value = form.value_at(data, where)
        if not value or field.kind == "flag" or value == form.default_at(where):
            continue
        again = form.typed(form.shown(value, field.kind), field.kind, where)
        wanted = [value] if field.kind in form.PICKS and isinstance(value, str) else value
        assert again == (" ".join(wanted.split()) if isinstance(wanted, str) else wanted), where
        seen += 1
    assert seen > 200


@pytest.mark.parametrize(
    ("text", "kind", "path", "value"),
    [
        ("asked", "choice", ("facts", 0, "tell"), None),
        ("trust", "choice", ("facts", 0, "tell"), "trust"),
        (True, "flag", ("facts", 0, "knows"), None),
        (False, "flag", ("facts", 0, "knows"), False),
        ("15", "number", ("doorway", "minutes"), 15),
        ("bp: 120/80\npulse: 72", "pairs", ("doorway", "vitals"), {"bp": "120/80", "pulse": 72}),
        ("plan: Yes. | Fine.", "pairs", ("patient", "reactions"), {"plan": ["Yes.", "Fine."]}),
        ("told: a, b; withheld: c", "expect", ("x",), {"facts": ["a", "b"], "withheld": ["c"]}),
        ("", "text", ("closing",), None),
    ],
)
def test_what_is_typed_becomes_a_value(text: Any, kind: Any, path: Any, value: Any) -> None:
    assert form.typed(text, kind, path) == value


@pytest.mark.parametrize(
    ("text", "kind"), [("ten", "number"), ("bp 120", "pairs"), ("perhaps", "expect")]
)
def test_what_cannot_be_read_is_refused_with_the_place(text: str, kind: Any) -> None:
    with pytest.raises(ScriptError, match=r"^doorway\.x: "):
        form.typed(text, kind, ("doorway", "x"))


def test_a_new_item_gets_a_short_name_of_its_own() -> None:
    data = {"facts": [{"id": "began-weeks"}]}
    made = form.new_item(form.list_at("facts"), "It began  3 weeks ago.", "", data)
    assert made.value == {"id": "began-weeks-2", "says": "It began 3 weeks ago."}
    found = form.new_item(form.list_at("examination"), "Listen", "Clear.", data)
    assert found.value == {"manoeuvre": "Listen", "finding": "Clear."}


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (("facts", 3, "says"), "facts"),
        (("doorway",), "doorway"),
        (("patient",), "patient"),
        (("debrief", "model_questions", "x"), "checklist"),
        (("note_key", "differential", 0), "note_key"),
        (("objectives",), "about"),
        ((), "about"),
        (("challenges",), "cues"),
    ],
)
def test_a_finding_is_shown_in_the_part_of_its_field(path: Any, part: str) -> None:
    assert form.owner_of(path) == part
