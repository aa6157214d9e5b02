"""Vignettes, Word, PDF, MedBiquitous and our own YAML: in, out, and what is lost on the way."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from simulator.errors import ScriptError
from simulator.scripts.formats import READS, WRITES, Writes, kind_of, read_case, write_case
from simulator.scripts.formats.held import beyond
from simulator.scripts.formats.medbiquitous import SEEN_ELSEWHERE
from simulator.scripts.formats.sheets import ON_PAPER, TIER_WORDS, Block
from simulator.scripts.formats.word import as_docx, read_docx
from simulator.scripts.library import load_library
from simulator.scripts.parsing import parse_script
from simulator.scripts.schema import PatientScript
from simulator.settings import ROOT
from tests.conftest import make_script

SHIPPED = load_library(ROOT / "patient_scripts").scripts
VIGNETTE = """\
A 58-year-old woman with a history of hypertension presents to the emergency department because of
crushing chest pain for 2 hours. The pain radiates to her left arm. She denies fever or cough.
She smokes 20 cigarettes a day and drinks wine at weekends. Her mother died of a stroke.
Her temperature is 37.0 C, pulse is 96/min, respirations are 20/min, and blood pressure is 152/94.
The lungs are clear to auscultation. An ECG shows ST elevation in II, III and aVF.
What is the next step?

Family history:
- Her brother has diabetes.

Diagnosis: Inferior myocardial infarction
"""


def test_a_vignette_is_told_apart_sentence_by_sentence() -> None:
    found = read_case(VIGNETTE.encode(), "vignette.txt")
    script = found.script
    assert (script.doorway.age, script.doorway.sex) == (58, "female")
    assert script.doorway.setting == "Emergency department"
    assert script.doorway.vitals == {"temp_c": 37.0, "pulse": 96, "resp": 20, "bp": "152/94"}
    assert [f.says for f in script.facts] == [
        "I've had hypertension.",
        "I have crushing chest pain for 2 hours.",
        "The pain radiates to my left arm.",
        "I haven't had any fever.",
        "I haven't had any cough.",
        "I smoke 20 cigarettes a day and drink wine at weekends.",
        "My mother died of a stroke.",
        "My brother has diabetes.",
    ]
    assert script.examination[0].finding == "The lungs are clear to auscultation."
    assert script.tests[0].name == "ECG"
    assert script.note_key.diagnosis == "Inferior myocardial infarction"
    assert found.sources["family-1"] == "Her brother has diabetes."
    assert any("What is the next step?" in said for said in found.needs_human)


def test_a_word_document_reads_as_its_text_would() -> None:
    lines = [Block("text", line) for line in VIGNETTE.splitlines()]
    found = read_case(as_docx(lines, "Case"), "case.docx")
    assert [f.says for f in found.script.facts][-1] == "My brother has diabetes."


def test_the_rows_of_a_word_table_stand_beside_each_other() -> None:
    table = Block("table", rows=(("Age", "58"), ("Name", "Ann & Co <1>")))
    assert read_docx(as_docx([table], "t"), "t.docx").split("\n")[:2] == [
        "Age: 58",
        "Name: Ann & Co <1>",
    ]


@pytest.mark.parametrize("script", SHIPPED.values(), ids=SHIPPED)
def test_the_sheets_in_word_hold_each_fact_under_its_tier(script: PatientScript) -> None:
    text = read_docx(write_case(script, "word").data, "sheets.docx")
    heads = [head for tier, head in TIER_WORDS.items() if any(f.tell == tier for f in script.facts)]
    for fact in script.facts:
        after = text.split(f"\n{TIER_WORDS[fact.tell]}\n", 1)[1]
        under = re.split("|".join(f"\n{re.escape(head)}\n" for head in heads), after)[0]
        assert fact.says in under or not fact.knows
    for item in script.checklist:
        assert item.text in text


def test_the_door_card_keeps_the_case_to_itself() -> None:
    script = SHIPPED["chest-pain-maria-lopez"]
    text = read_docx(write_case(script, "word").data, "sheets.docx")
    door = text[: text.index("Training script")]
    assert script.note_key.diagnosis not in door
    assert not any(f.says in door for f in script.facts)


def test_the_pdf_has_the_three_sheets() -> None:
    script = SHIPPED["chest-pain-maria-lopez"]
    exported = write_case(script, "pdf")
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(exported.data)).pages)
    assert all(sheet in text for sheet in ("Door card", "Training script", "Examiner's sheet"))
    assert exported.filename == "chest-pain-maria-lopez.pdf"


def test_the_pdf_prints_names_of_many_scripts_and_tells_what_it_cannot_draw() -> None:
    script = make_script(closing="Łucja, 王, Đặng: \U00013000", authors=["Łucja", "王", "Đặng"])
    exported = write_case(script, "pdf")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(exported.data)).pages)
    assert all(name in text for name in ("Łucja", "王", "Đặng", "☐"))
    assert [lost[-1] for lost in exported.lost if "cannot draw" in lost] == ["\U00013000"]


@pytest.mark.parametrize("script", SHIPPED.values(), ids=SHIPPED)
@pytest.mark.parametrize("kind", ["yaml", "medbiquitous"])
def test_a_shipped_case_comes_back_as_it_went_out(script: PatientScript, kind: str) -> None:
    exported = write_case(script, kind)  # type: ignore[arg-type]
    back = read_case(exported.data, exported.filename).script
    assert back == script.model_copy(update={"status": "draft", "reviewers": ()})


@pytest.mark.parametrize("script", SHIPPED.values(), ids=SHIPPED)
def test_a_shipped_case_goes_through_plain_text_with_its_words_and_a_list_of_the_rest(
    script: PatientScript,
) -> None:
    exported = write_case(script, "text")
    back = read_case(exported.data, "case.txt").script
    told = [f for f in script.facts if f.tell != "never"]
    assert [f.says for f in back.facts] == [f.says.replace('"', "'") for f in told]
    assert back.doorway.model_dump(exclude={"pronouns"}) == script.doorway.model_dump(
        exclude={"pronouns"}
    )
    for tier in {f.tell for f in script.facts} - {"open", "asked"}:
        assert any(f"tier {tier}" in lost for lost in exported.lost)


def test_a_medbiquitous_file_that_was_changed_elsewhere_is_read_by_what_it_says_now() -> None:
    data = write_case(make_script(), "medbiquitous").data
    changed = data.replace(b"<Response>It began three", b"<Response>It began five")
    found = read_case(changed, "virtualpatientdata.xml")
    assert found.script.fact("onset").says == "It began five days ago."
    assert any("was changed after we wrote it" in said for said in found.needs_human)


def test_a_medbiquitous_package_of_another_program_is_read() -> None:
    xml = """<?xml version="1.0"?><VirtualPatientData xmlns="http://ns.medbiq.org/virtualpatientdata/v1/">
    <PatientDemographics><PatientDemographic id="1"><DemographicCharacteristic><Title>Age</Title>
    <Description>64</Description></DemographicCharacteristic></PatientDemographic></PatientDemographics>
    <Medication id="2"><MedicationName>ramipril</MedicationName><Dose>5 mg</Dose></Medication>
    <InterviewItem id="Q 7">
    <Question>Any pain?</Question><Response><div>My <b>hip</b> hurts.</div>
    </Response></InterviewItem>
    
    <PhysicalExam id="8"><ExamName>Hip</ExamName><Finding>Tender</Finding></PhysicalExam>
    <Intervention id="9"><InterventionName>Rest</InterventionName></Intervention>
    </VirtualPatientData>"""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("case/virtualpatientdata.xml", xml)
        packed.writestr("imsmanifest.xml", "<manifest/>")
    found = read_case(buffer.getvalue(), "package.zip")
    assert found.script.doorway.age == 64
    assert found.script.fact("q-7").says == "My hip hurts."
    assert found.script.fact("q-7").asks == ("Any pain?",)
    assert found.script.facts[0].says == "I take ramipril, 5 mg."
    assert any("Intervention: Rest" in said for said in found.needs_human)


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x/>', "x.xml", "declares a document type"),
        (b"<a><b></a>", "x.xml", r"x.xml:1 xml: cannot be read"),
        (b"<html/>", "x.xml", "begins with 'html'"),
        (b"PK\x03\x04broken", "x.docx", "cannot be unpacked"),
        (b"\x00\x01\xff\xfe\x00", "x.txt", "is not text"),
        (b"schema: 1\nid: a\nfacts:\n\t- id: x\n", "x.yml", "x.yml:4 yaml: a tab stands here"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(data: bytes, name: str, why: str) -> None:
    with pytest.raises(ScriptError, match=why):
        read_case(data, name)


def test_curly_quotes_around_a_value_of_yaml_are_straightened() -> None:
    text = (
        "schema: 1\nid: a\nversion: 1.0.0\ntitle: “Pain: again”\nopening: “It hurts.”\n"
        "doorway: {setting: A, name: B, age: 4, sex: f, concern: “Pain, bad”}\n"
    )
    script = read_case(("\ufeff" + text).encode(), "a.yml").script
    assert (script.title, script.opening) == ("Pain: again", "It hurts.")
    assert script.doorway.concern == "Pain, bad"


def test_curly_quotes_within_straight_ones_stay() -> None:
    script = make_script(opening="He said, “ow”, and left.")
    assert read_case(write_case(script, "yaml").data, "a.yaml").script.opening == script.opening
    assert (
        parse_script(write_case(script, "yaml").data.decode(), "a.yaml")[0].opening
        == script.opening
    )


def test_each_kind_of_file_is_told_by_what_it_holds() -> None:
    kinds = {
        kind: kind_of(write_case(make_script(), kind).data, "file")
        for kind in WRITES
        if kind != "pdf"
    }  # type: ignore[arg-type]
    assert kinds == {k: k for k in kinds}
    assert kind_of(b'{"OSCE_Examination": {}}', "file") == "agentclinic"
    assert kind_of(b"A man has a cough.", "file") == "vignette"
    assert set(kinds.values()) | {"agentclinic", "vignette"} == set(READS)


WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=60
)
SAID = WORDS.map(lambda t: " ".join(t.split())).filter(lambda t: any(c.isalnum() for c in t))


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, min_size=1, max_size=5), SAID)
def test_any_words_come_back_through_yaml_and_medbiquitous(lines: list[str], name: str) -> None:
    facts = [{"id": f"f{n}", "says": line} for n, line in enumerate(lines)]
    script = make_script(facts=facts, checklist=[], status="draft", title=name)
    for kind in ("yaml", "medbiquitous"):
        back = read_case(write_case(script, kind).data, f"x.{kind}")  # type: ignore[arg-type]
        assert back.script.facts == script.facts


@settings(max_examples=60, deadline=None)
@given(SAID)
def test_any_words_make_documents_that_open(said: str) -> None:
    script = make_script(opening=said)
    ElementTree.fromstring(  # noqa: S314 - our own
        write_case(script, "medbiquitous").data
    )
    assert said in read_docx(write_case(script, "word").data, "x.docx")
    assert write_case(script, "pdf").data.startswith(b"%PDF")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_makes_a_draft_that_loads_or_one_sentence(text: str) -> None:
    try:
        found = read_case(text.encode("utf-8", "replace"), "x.txt", "vignette")
    except ScriptError as error:
        assert str(error).startswith("x.txt:")
    else:
        assert parse_script(found.text, "x.yaml")[0] == found.script


@pytest.mark.parametrize("script", SHIPPED.values(), ids=SHIPPED)
@pytest.mark.parametrize(("kind", "held"), [("word", ON_PAPER), ("medbiquitous", SEEN_ELSEWHERE)])
def test_every_field_is_in_the_file_or_named_as_lost(
    script: PatientScript, kind: Writes, held: frozenset[str]
) -> None:
    exported = write_case(script, kind)
    text = read_docx(exported.data, "x.docx") if kind == "word" else exported.data.decode()
    text = unescape(text.partition("<XtensibleInfo>")[0])
    named = {lost.partition(":")[0] for lost in exported.lost}
    paths = {lost.partition(":")[0] for lost in beyond(script, ())}
    for path in paths - named:
        field = path.replace(", ", ".").replace(" ", "_")
        assert any(field == h or field.startswith(f"{h}.") for h in held) or path == "facts, asks"
    shown = [script.title, script.opening, *(f.says for f in script.facts if f.knows)]
    shown += [m.finding for m in script.examination] + [t.result for t in script.tests]
    assert [said for said in shown if said not in text] == []
    assert {"checklist, why", "facts, asks", "objectives, text"} <= named


def test_a_field_that_is_new_to_a_case_is_named_as_lost() -> None:
    plain = write_case(make_script(), "word").lost
    more = make_script(specialty="rheumatology", level=["intern", "resident"])
    assert set(write_case(more, "word").lost) - set(plain) == {"specialty: 1", "level: 2"}
