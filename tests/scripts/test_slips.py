"""A slip in a line of YAML: the line is named, what stands there, and how it is written."""

from __future__ import annotations

import pytest
import yaml

from simulator.errors import ScriptError
from simulator.scripts.parsing import parse_script
from simulator.scripts.slips import rewritten

HEAD = (
    "schema: 1\nid: knee\nversion: 1.0.0\ntitle: A knee\nopening: My knee hurts.\n"
    "doorway: {setting: Clinic, name: Ann, age: 30, sex: female, concern: Knee}\nfacts:\n"
)


@pytest.mark.parametrize(
    ("line", "better"),
    [
        ("{id: a, says: It hurts, mostly at night}", '{id: a, says: "It hurts, mostly at night"}'),
        ("{id: a, says: I said: no, tell: open}", '{id: a, says: "I said: no", tell: open}'),
        ("{id: a, says: 'It's bad'}", '{id: a, says: "It\'s bad"}'),
        ('{id: a, says: "Ow" I said}', '{id: a, says: "\\"Ow\\" I said"}'),
        (
            "{id: a, says: 'A day, or two', tell: @x}",
            "{id: a, says: 'A day, or two', tell: \"@x\"}",
        ),
        ("{id:a, says:b}", "{id: a, says: b}"),
        ("{id: a, says: x, y, asks: ['When, then?', c]}", None),
        ("says: I said: no", 'says: "I said: no"'),
    ],
)
def test_a_line_is_written_as_it_should_stand(line: str, better: str | None) -> None:
    found = rewritten(f"  - {line}")
    if better is not None:
        assert found.strip() == f"- {better}"
    assert all(v is not None for v in yaml.safe_load(found)[0].values())


@pytest.mark.parametrize(
    "line", ["{id: a, says: It hurts}", "{id: a, says: b}}", "{a: [x, 'y' z]}", "[x, y z]", ""]
)
def test_a_line_without_such_a_slip_or_beyond_mending_is_let_pass(line: str) -> None:
    assert rewritten(line) == ""


def said(facts: str) -> str:
    with pytest.raises(ScriptError) as caught:
        parse_script(HEAD + facts, "knee.yaml")
    return str(caught.value)


def test_words_that_a_comma_cut_off_are_named_with_the_line_as_it_should_stand() -> None:
    found = said("  - {id: a, says: It hurts, mostly at night}\n")
    assert found == (
        "knee.yaml:8 facts[0].mostly at night: in braces a comma ends a value, so "
        "'mostly at night' was read as a field of its own; "
        'write - {id: a, says: "It hurts, mostly at night"}'
    )


def test_a_colon_in_braces_is_told_with_the_line_as_it_should_stand() -> None:
    found = said("  - {id: a, says: I said: no}\n  - {id: b, says: Yes.}\n")
    assert found.startswith("knee.yaml:8 yaml: ")
    assert (
        'the line reads - {id: a, says: I said: no}; write - {id: a, says: "I said: no"}' in found
    )


def test_braces_that_are_not_closed_are_told_where_they_open() -> None:
    found = said("  - {id: a, says: b\n  - {id: c, says: d}\n")
    assert found.startswith("knee.yaml:8 yaml: ")
    assert "{id: a, says: b and is not closed; put '}' at its end" in found
