"""Reading a script: every mistake is told with file, line, field, value and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import ScriptError, UnknownScript
from simulator.scripts.parsing import MAX_BYTES, MAX_NODES, parse_script, read_script, read_yaml

KNEE = """\
schema: 1
id: knee
version: 1.0.0
title: A sore knee
doorway:
  setting: Clinic
  name: Alva Berg
  age: 40
  sex: female
  concern: Knee pain
opening: My knee hurts.
facts:
  - id: site
    says: The left one.
"""


def complaint(text: str) -> str:
    with pytest.raises(ScriptError) as caught:
        parse_script(text, "knee.yaml")
    return str(caught.value)


def test_a_script_of_required_fields_alone_is_read_with_its_lines() -> None:
    script, located = parse_script(KNEE, "knee.yaml")
    assert script.fact("site").says == "The left one."
    assert located.line_of(("facts", 0, "says")) == 14
    assert located.line_of(("facts", 0, "tell")) == 13, "a field left out is at its fact"


@pytest.mark.parametrize("text", ["\ufeff" + KNEE, KNEE.replace("\n", "\r\n"), "# a note\n" + KNEE])
def test_a_byte_order_mark_windows_line_ends_and_comments_do_no_harm(text: str) -> None:
    assert parse_script(text, "knee.yaml")[0] == parse_script(KNEE, "knee.yaml")[0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("left one.", "left one.\n    tell: openly", "15 facts[0].tell: 'openly' is not one of "
         "opening, open, asked, direct, trust, never"),
        ("left one.", "left one.\n    tels: open", "15 facts[0].tels: there is no field 'tels'; "
         "did you mean 'tell'?"),
        ("left one.", "left one.\n    zzz: 1", "15 facts[0].zzz: there is no field 'zzz'; "
         "remove it, or see docs/authoring.md"),
        ("left one.", "left one.\n    topic: onset", "15 facts[0].topic: 'onset' does not fit a "
         "topic id, such as 'hpi.onset' or 'ros.fever'"),
        ("  age: 40\n", "", "5 doorway.age: is required; add it"),
        ("age: 40", "age: 400", "8 doorway.age: 400: input should be less than or equal to 120"),
        ("id: knee", "id: Knee pain", "2 id: 'Knee pain' does not fit an id: small letters, "
         "digits and hyphens, such as 'no-fever'"),
        ("1.0.0", "1.0.x", "3 version: '1.0.x' does not fit a version of three numbers, "
         "such as '1.0.0' (in quotes if need be)"),
        ("1.0.0", "1.0", "3 version: 1.0 is not text; write one line, in double quotes"),
        ("My knee hurts.", "no", "11 opening: False is not text; write one line, in double quotes"),
        ("schema: 1", "schema: 2", "1 schema: 2 is not one of 1"),
        ("id: site\n    says: The left one.", "site", "13 facts[0]: 'site' is not a set of fields; "
         "write each as 'name: value' on its own line"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_line_field_value_and_remedy(
    old: str, new: str, expected: str
) -> None:
    assert complaint(KNEE.replace(old, new)) == f"knee.yaml:{expected}"


def test_all_mistakes_are_told_at_once_each_on_its_own_line() -> None:
    text = KNEE.replace("age: 40", "age: old").replace("says:", "say:")
    assert [line.split(": ")[0] for line in complaint(text).splitlines()] == [
        "knee.yaml:8 doorway.age",
        "knee.yaml:13 facts[0].says",
        "knee.yaml:14 facts[0].say",
    ]


@pytest.mark.parametrize(
    ("expect", "expected"),
    [
        ("denyed", "16 tests_of_the_script[0].expect: 'denyed' is not one of denied, unknown"),
        ("{fact: [site]}", "16 tests_of_the_script[0].expect.fact: there is no field 'fact'; "
         "did you mean 'facts'?"),
    ],
)  # fmt: skip
def test_of_two_forms_only_the_one_that_was_meant_is_complained_of(
    expect: str, expected: str
) -> None:
    text = KNEE + f"tests_of_the_script:\n  - {{ask: Where?, expect: {expect}}}\n"
    assert complaint(text) == f"knee.yaml:{expected}"


def test_a_bad_key_of_a_mapping_is_named_without_the_program_s_own_words() -> None:
    found = complaint(KNEE + "debrief:\n  model_questions:\n    Bad Id: When?\n")
    assert found.startswith("knee.yaml:17 debrief.model_questions.Bad Id: 'Bad Id' does not fit")


@pytest.mark.parametrize(
    ("added", "line", "words"),
    [
        ("closing: &bye Goodbye.\n", 15, "anchors and aliases (& and *) are not allowed"),
        ("authors: [me]\nclosing: *bye\n", 16, "anchors and aliases (& and *) are not allowed"),
        ("closing: !secret x\n", 15, "tag '!secret' is not allowed; remove it"),
        ("denies: !secret [ros.fever]\n", 15, "tag '!secret' is not allowed; remove it"),
        ("patient: !!python/object:os.x {speech: A}\n", 15, "is not allowed; remove it"),
        ("closing: !!python/object/apply:os.system [ls]\n", 15, "is not allowed; remove it"),
        ("title: Twice\n", 15, "title: stands twice; keep one of them"),
        ("    says: Again.\n", 15, "facts[0].says: stands twice; keep one of them"),
        ("<<: {closing: Bye}\n", 15, "<<: there is no field '<<'"),
        ("closing: it hurts: a lot\n", 15, 'write closing: "it hurts: a lot"'),
        ("\tclosing: Bye\n", 15, "a tab stands here; YAML is indented with spaces"),
        ("closing: 'Bye\n", 15, 'write closing: "Bye"'),
        ("---\nid: other\n", 15, "another document"),
        ("closing: \x07\n", 15, r"'\x07' is not a printable character; delete it"),
        ("? [a, b]\n: c\n", 15, "the name of a field is one word"),
        ("closing: " + "9" * 5000 + "\n", 15, "cannot be read; put it in quotes"),
    ],
)  # fmt: skip
def test_what_yaml_allows_and_a_script_does_not_is_refused_with_its_line(
    added: str, line: int, words: str
) -> None:
    found = complaint(KNEE + added)
    assert found.startswith(f"knee.yaml:{line} ")
    assert words in found
    assert len(found) < 300


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 5000, "nested deeper than 12 levels"),
        ("{a: " * 13 + "1" + "}" * 13, "nested deeper than 12 levels"),
        ("a: [" + "x," * MAX_NODES + "]", f"more than {MAX_NODES:,} values"),
        (
            "a: " + "x" * MAX_BYTES,
            f"{MAX_BYTES + 3:,} bytes is more than the {MAX_BYTES:,} allowed",
        ),
        ("ä" * (MAX_BYTES // 2 + 1), f"more than the {MAX_BYTES:,} allowed"),
    ],
    ids=["deep and unclosed", "one level too deep", "many", "big", "big in bytes, not letters"],
)
def test_a_file_too_deep_or_too_big_is_refused(text: str, words: str) -> None:
    assert words in complaint(text)


def test_twelve_levels_and_the_full_size_are_still_read() -> None:
    deep = "[" * 12 + "]" * 12
    assert str(read_yaml(deep, "x").data) == deep
    filler = "#" * (MAX_BYTES - len(KNEE))
    assert parse_script(KNEE + filler, "knee.yaml")[0].id == "knee"


@pytest.mark.parametrize(("text", "what"), [("", "NoneType"), ("- a", "list"), ("Hello", "str")])
def test_a_file_that_is_no_mapping_is_told_how_a_script_begins(text: str, what: str) -> None:
    expected = f"knee.yaml:1 file: a script is a mapping that begins with 'schema: 1', not {what}"
    assert complaint(text) == expected


def test_dates_stay_the_text_the_author_wrote() -> None:
    assert read_yaml("seen: 2024-02-30\nborn: 2024-02-03", "x").data == {
        "seen": "2024-02-30",
        "born": "2024-02-03",
    }


def test_a_missing_file_a_folder_and_a_file_in_another_encoding_are_each_a_sentence(
    tmp_path: Path,
) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("title: Brûlure".encode("latin-1"))
    with pytest.raises(UnknownScript, match=r"gone\.yaml: cannot be read .*; check the path"):
        read_script(tmp_path / "gone.yaml")
    with pytest.raises(UnknownScript, match="cannot be read .*; check the path"):
        read_script(tmp_path)
    with pytest.raises(ScriptError, match=r"latin\.yaml:1 file: is not UTF-8.*; save it as UTF-8"):
        read_script(latin)
