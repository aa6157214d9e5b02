"""A MedBiquitous virtual patient (ANSI/MEDBIQ VP.10.1): its virtual patient data, both ways.

Written are demographics, interview items, physical examinations, diagnostic tests and differential
diagnoses; the whole script goes along in XtensibleInfo, the standard's place for what it does not
foresee, and is believed on the way back where the rest of the file still says the same.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import Any

from simulator.errors import ScriptError
from simulator.scripts.formats.clinical import add_finding, add_result
from simulator.scripts.formats.decoding import straight
from simulator.scripts.formats.demographics import age_in, sex_in
from simulator.scripts.formats.drafting import Draft
from simulator.scripts.formats.held import beyond
from simulator.scripts.formats.markup import Element, child, escaped, local, read_xml, words
from simulator.scripts.formats.native import as_yaml
from simulator.scripts.formats.reported import says_no
from simulator.scripts.names import slug
from simulator.scripts.parsing import parse_script
from simulator.scripts.schema import PatientScript

NAMESPACE = "http://ns.medbiq.org/virtualpatientdata/v1/"
OWN = "urn:virtual-standardized-patient:script:1"
DATA_FILE = "virtualpatientdata.xml"
_ASK = "Can you tell me about this: {}?"


def data_of(parts: dict[str, bytes], name: str) -> bytes:
    """The virtual patient data out of the files of a package.

    Raises:
        ScriptError: the package has none.
    """
    for path, data in parts.items():
        if path.lower().rsplit("/", 1)[-1] == DATA_FILE:
            return data
    raise ScriptError(f"{name}:1 file: holds no {DATA_FILE}; is it a MedBiquitous package?")


def read_medbiquitous(data: bytes, name: str) -> Draft | PatientScript:
    """A draft of the file's elements, or the script that it carries where both say the same.

    Raises:
        ScriptError: it is not XML, or no virtual patient data.
    """
    root = read_xml(data, name)
    if local(root).lower() != "virtualpatientdata":
        raise ScriptError(
            f"{name}:1 xml: begins with {local(root)!r}, not with 'VirtualPatientData'"
        )
    draft = _elements(root, name)
    own = next((e for e in root.iter() if str(e.tag) == f"{{{OWN}}}script"), None)
    if own is not None and own.text:
        try:
            script, _ = parse_script(own.text, name)
        except ScriptError:
            draft.need(
                "carries a script of ours that cannot be read; the rest of the file was read "
                "instead"
            )
            return draft
        again = _elements(read_xml(as_medbiquitous(script), name), name)
        if (again.facts, again.door, again.parts) == (draft.facts, draft.door, draft.parts):
            return script
        draft.need(
            "was changed after we wrote it; what it says now was read, without tiers and topics"
        )
    return draft


def _elements(root: Element, name: str) -> Draft:
    draft = Draft(name)
    readers: dict[str, Callable[[Draft, Element], None]] = {
        "patientdemographics": _demographics,
        "interviewitem": _interview,
        "medication": _medication,
        "physicalexam": _physical,
        "diagnostictest": _test,
        "differentialdiagnosis": _diagnosis,
        "vpdtext": _narrative,
    }
    for element in root:
        kind = local(element).lower()
        if kind in readers:
            readers[kind](draft, element)
        elif kind == "xtensibleinfo":
            if not any(str(e.tag) == f"{{{OWN}}}script" for e in element.iter()) and words(element):
                draft.keep(f"XtensibleInfo: {words(element)}")
        elif kind and words(element):
            draft.keep(f"{local(element)}: {words(element)}")
    return draft


def _demographics(draft: Draft, element: Element) -> None:
    pairs = [
        (words(child(e, "Title")), words(child(e, "Description")))
        for e in element.iter()
        if local(e).lower() == "demographiccharacteristic"
    ]
    pairs += [
        (local(e), words(e))
        for e in element.iter()
        if local(e) in ("Name", "Age", "Sex", "Gender", "Race")
    ]
    for title, value in pairs:
        key = " ".join(title.lower().split())
        if value:
            _characteristic(draft, key, value, title)


def _characteristic(draft: Draft, key: str, value: str, title: str) -> None:
    if key == "age":
        draft.door["age"] = age_in(value, bare=True)
    elif key in ("sex", "gender"):
        draft.door["sex"] = sex_in(value) or value
    elif key in ("name", "setting", "pronouns"):
        draft.door[key] = value
    elif key in ("chief complaint", "complaint", "concern"):
        draft.door["concern"] = value
    elif key in ("opening statement", "opening"):
        draft.parts["opening"] = draft.line(value, "the opening")
    elif key in ("case title", "title"):
        draft.parts["title"] = value
    elif key == "occupation":
        draft.parts["patient"] = {"occupation": value}
    elif key.startswith("vital sign "):
        draft.door.setdefault("vitals", {})[key.removeprefix("vital sign ").replace(" ", "_")] = (
            _number(value)
        )
    else:
        draft.keep(f"{title}: {value}")


def _number(value: str) -> str | int | float:
    if re.fullmatch(r"-?\d{1,6}", value):
        return int(value)
    return float(value) if re.fullmatch(r"-?\d{1,6}\.\d{1,6}", value) else value


def _interview(draft: Draft, element: Element) -> None:
    question, says = words(child(element, "Question")), straight(words(child(element, "Response")))
    if not says:
        draft.keep(f"a question without an answer: {question}")
        return
    fact_id = slug(element.get("id") or "") or f"item-{len(draft.facts) + 1}"
    more: dict[str, Any] = {"polarity": "negative"} if says_no(says) else {}
    if question:
        more["asks"] = [draft.line(question, "a question")]
    draft.fact(fact_id, says, f"{question} {says}", tell="asked", **more)


def _medication(draft: Draft, element: Element) -> None:
    parts = [words(child(element, n)) for n in ("MedicationName", "Dose", "Route", "Frequency")]
    said = ", ".join(p for p in parts if p)
    if said:
        draft.fact(
            f"medicine-{len(draft.facts) + 1}", f"I take {said}.", said, topic="meds.prescribed"
        )


def _physical(draft: Draft, element: Element) -> None:
    name = (
        words(child(element, "ExamName"))
        or words(child(element, "Action"))
        or "General examination"
    )
    found = [words(child(element, n)) for n in ("Finding", "Description")]
    add_finding(draft, name, " ".join(f for f in dict.fromkeys(found) if f))


def _test(draft: Draft, element: Element) -> None:
    result = " ".join(
        p for p in (words(child(element, "Result")), words(child(element, "Units"))) if p
    )
    normal = words(child(element, "Normal"))
    add_result(
        draft,
        words(child(element, "TestName")) or "Test",
        f"{result} (normal: {normal})" if normal else result,
    )


def _diagnosis(draft: Draft, element: Element) -> None:
    name = draft.title(
        words(child(element, "DiagnosisName", "DiagnosticName", "Name")) or words(element),
        "a diagnosis",
    )
    key = draft.parts.setdefault("note_key", {"diagnosis": "", "differential": []})
    likely = words(child(element, "Likelihood")).lower()
    key["differential"].append({"name": name})
    if likely == "correct" or not key["diagnosis"]:
        key["diagnosis"] = name


def _narrative(draft: Draft, element: Element) -> None:
    text = words(element)
    try:
        decoded = base64.b64decode(text, validate=True).decode("utf-8")
        text = (
            re.sub(r"<[^>]+>", " ", decoded) if decoded.isprintable() or "\n" in decoded else text
        )
    except (binascii.Error, ValueError):
        pass
    if draft.door.get("age") is None:
        draft.door["age"] = age_in(text)
    if not draft.door.get("sex"):
        draft.door["sex"] = sex_in(text)
    draft.keep(f"narrative: {text}")


def as_medbiquitous(script: PatientScript) -> bytes:
    """A script as the bytes of a virtualpatientdata.xml."""
    body = "".join([*_written(script)])
    own = escaped(as_yaml(script))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<VirtualPatientData xmlns="{NAMESPACE}">\n{body}'
        f'<XtensibleInfo><script xmlns="{OWN}" xml:space="preserve">{own}</script>'
        f"</XtensibleInfo>\n"
        "</VirtualPatientData>\n"
    ).encode()


def _written(script: PatientScript) -> Iterator[str]:
    door = script.doorway
    about = [
        ("Case title", script.title),
        ("Name", door.name),
        ("Age", str(door.age)),
        ("Sex", door.sex),
        ("Pronouns", door.pronouns),
        ("Occupation", script.patient.occupation),
        ("Setting", door.setting),
        ("Chief complaint", door.concern),
        ("Opening statement", script.opening),
    ]
    about += [(f"Vital sign {k}".replace("_", " "), str(v)) for k, v in door.vitals.items()]
    rows = [
        f'<PatientDemographic id="demographic-{n}"><DemographicCharacteristic>'
        f"{_tag('Title', title)}{_tag('Description', value)}</DemographicCharacteristic>"
        f"</PatientDemographic>"
        for n, (title, value) in enumerate(about, 1)
        if value
    ]
    yield f"<PatientDemographics>{''.join(rows)}</PatientDemographics>\n"
    for fact in script.facts:
        ask = (
            fact.asks[0]
            if fact.asks
            else _ASK.format((fact.topic or fact.id).split(".")[-1].replace("-", " "))
        )
        yield (
            f'<InterviewItem id="{fact.id}">'
            f"{_tag('Question', ask)}{_tag('Response', fact.says)}</InterviewItem>\n"
        )
    for place, exam in enumerate(script.examination, 1):
        yield (
            f'<PhysicalExam id="exam-{place}">'
            f"{_tag('ExamName', exam.manoeuvre)}{_tag('Finding', exam.finding)}</PhysicalExam>\n"
        )
    for place, test in enumerate(script.tests, 1):
        yield (
            f'<DiagnosticTest id="test-{place}">'
            f"{_tag('TestName', test.name)}{_tag('Result', test.result)}</DiagnosticTest>\n"
        )
    for place, found in enumerate(script.note_key.differential, 1):
        likely = "Correct" if found.name == script.note_key.diagnosis else "Possible"
        yield (
            f'<DifferentialDiagnosis id="diagnosis-{place}">{_tag("DiagnosisName", found.name)}'
            f"{_tag('Likelihood', likely)}</DifferentialDiagnosis>\n"
        )


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escaped(text)}</{name}>"


SEEN_ELSEWHERE = frozenset(
    {
        "schema", "title", "opening", "doorway.name", "doorway.age", "doorway.sex",
        "doorway.pronouns", "doorway.setting", "doorway.concern", "doorway.vitals",
        "patient.occupation", "facts.id", "facts.says", "examination.manoeuvre",
        "examination.finding", "tests.name", "tests.result", "note_key.diagnosis",
        "note_key.differential.name",
    }
)  # fmt: skip


def lost_elsewhere(script: PatientScript) -> tuple[str, ...]:
    """What another program cannot see, for it stands in XtensibleInfo alone, each with how much."""
    lost = beyond(script, SEEN_ELSEWHERE, first=("facts.asks",))
    return tuple(f"{what} (kept for us in XtensibleInfo)" for what in lost)
