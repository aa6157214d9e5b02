from __future__ import annotations

from typing import Any

import pytest

from simulator.errors import ScriptError
from simulator.scripts.parsing import read_yaml
from simulator.settings import Settings
from simulator.studio.splice import Edit, apply, changed

TEXT = """\
# Written on the ward
schema: 1
title: A sore knee   # short
doorway: {name: Alva, age: 40}
facts:
  # how it began
  - id: onset
    says: "Three days ago."   # her words
    asks: ["Since when?", "When?"]

  # what made it
  - {id: fall, says: "I slipped."}
  - id: drink
    says: >
      Every
      night.

denies:
  - ros.fever   # asked twice
  - ros.rash
# the end
closing: ""
"""
SCRIPTS = sorted(Settings().scripts_dir.glob("*.yaml"))


def edit(do: Any, *path: str | int, value: Any = None, to: int = 0) -> Edit:
    return Edit(do=do, path=path, value=value, to=to)


@pytest.mark.parametrize(
    "made",
    [
        edit("set", "title", value="A very sore knee: the left"),
        edit("set", "facts", 0, "says", value='He said "no" # really'),
        edit("set", "facts", 0, "says", value="no"),
        edit("set", "facts", 0, "asks", value=["Since when?"]),
        edit("set", "facts", 0, "asks", value=None),
        edit("set", "facts", 0, "id", value="since"),
        edit("set", "facts", 1, "tell", value="trust"),
        edit("set", "facts", 1, "id", value=None),
        edit("set", "facts", 2, "says", value="Daily."),
        edit("set", "facts", 2, "red_flag", value=True),
        edit("set", "doorway", "vitals", value={"bp": "120/80", "pulse": 72}),
        edit("set", "patient", "affect", "softeners", value=["I'm sorry.", "yes"]),
        edit("set", "denies", value=["ros.rash", "ros.cough"]),
        edit("set", "denies", value=None),
        edit("set", "nothing", "there", value=None),
        edit("add", "facts", value={"id": "x", "says": "A: b", "asks": ["1", "two words"]}),
        edit("add", "denies", value="ros.cough"),
        edit("add", "facts", 0, "asks", value="How long?"),
        edit("add", "facts", 1, "asks", value="How?"),
        edit("add", "cues", value={"id": "dad", "says": "Dad had it."}),
        edit("remove", "facts", 0),
        edit("remove", "facts", 2),
        edit("remove", "denies", 1),
        edit("move", "facts", 0, to=2),
        edit("move", "facts", 2, to=0),
        edit("move", "denies", 1, to=0),
    ],
    ids=lambda e: f"{e.do} {e.path} {e.value}"[:60],
)
def test_an_edit_changes_its_value_and_keeps_every_comment(made: Edit) -> None:
    after = apply(TEXT, [made])
    assert read_yaml(after, "x").data == changed(read_yaml(TEXT, "x").data, made)
    kept = [c for c in ("# Written", "# short", "# how it began", "# what made it", "# the end")]
    assert [c for c in kept if c not in after] == []


def test_only_the_line_that_is_meant_changes() -> None:
    after = apply(TEXT, [edit("set", "facts", 0, "says", value="Last week.")])
    lines = zip(TEXT.splitlines(), after.splitlines(), strict=True)
    different = [(a, b) for a, b in lines if a != b]
    assert different == [
        ('    says: "Three days ago."   # her words', '    says: "Last week."   # her words')
    ]


def test_a_new_field_stands_where_the_order_of_fields_puts_it() -> None:
    order = ["schema", "title", "doorway", "opening", "facts", "denies", "closing"]
    after = apply(TEXT, [edit("set", "opening", value="It hurts.")], order)
    assert list(read_yaml(after, "x").data) == order


def test_the_last_item_leaves_an_empty_list_that_can_be_filled_again() -> None:
    emptied = apply(TEXT, [edit("remove", "denies", 0), edit("remove", "denies", 0)])
    assert read_yaml(emptied, "x").data["denies"] == []
    refilled = apply(emptied, [edit("add", "denies", value="ros.cough")])
    assert read_yaml(refilled, "x").data["denies"] == ["ros.cough"]


def test_a_field_that_stands_empty_can_be_filled() -> None:
    text = "schema: 1\nfacts:\n\n# after\ntitle: x\n"
    after = apply(text, [edit("add", "facts", value={"id": "a", "says": "b"})])
    assert read_yaml(after, "x").data["facts"] == [{"id": "a", "says": "b"}]
    assert "# after" in after


def test_a_text_is_written_from_nothing() -> None:
    after = apply("", [edit("set", "doorway", "name", value="Ben")])
    assert read_yaml(after, "x").data == {"doorway": {"name": "Ben"}}


def test_a_place_that_is_gone_is_refused() -> None:
    with pytest.raises(ScriptError, match="no such item"):
        apply(TEXT, [edit("remove", "facts", 9)])
    with pytest.raises(ScriptError, match="there is no such"):
        apply(TEXT, [edit("set", "facts", 9, "says", value="x")])


@pytest.mark.parametrize("path", SCRIPTS, ids=[p.stem for p in SCRIPTS])
def test_the_lists_of_a_shipped_case_can_be_shortened_reordered_and_extended(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    data = read_yaml(text, "x").data
    for name in ("facts", "denies", "objectives"):
        last = len(data[name]) - 1
        made = [edit("move", name, 0, to=last), edit("remove", name, 0)]
        made.append(edit("add", name, value=data[name][0]))
        assert len(read_yaml(apply(text, made), "x").data[name]) == last + 1
    before = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in before if line not in apply(text, [edit("remove", "facts", 3)])] == []
