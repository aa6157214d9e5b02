"""Read the OSCE shape of AgentClinic: JSON with an actor, findings, results and a diagnosis."""

from __future__ import annotations

import json
import re
from typing import Any

from simulator.errors import ScriptError
from simulator.scripts.formats.clinical import add_finding, add_result, complaint_of, tell
from simulator.scripts.formats.demographics import age_in, sex_in
from simulator.scripts.formats.drafting import Draft
from simulator.scripts.formats.prose import sentences
from simulator.scripts.formats.reported import spoken
from simulator.scripts.formats.vitals import as_vitals

ROOT_KEY = "OSCE_Examination"
_PARTS = {
    "History": "history",
    "Past_Medical_History": "past",
    "Social_History": "social",
    "Review_of_Systems": "review",
    "Family_History": "family",
    "Medications": "medicines",
    "Allergies": "allergies",
}
_READ = {"Demographics", "Symptoms", *_PARTS}
MOST_DEPTH = 8


def read_json(text: str, name: str) -> list[dict[str, Any]]:
    """The cases of a JSON file: one, a list of them, or one a line.

    Raises:
        ScriptError: it is not JSON, or holds no case of this shape.
    """
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        found = _lines(text, name, error)
    except ValueError:
        raise ScriptError(f"{name}:1 json: holds a number too long to read") from None
    cases = [c for c in (found if isinstance(found, list) else [found]) if isinstance(c, dict)]
    cases = [c for c in cases if isinstance(c.get(ROOT_KEY), dict) or "Patient_Actor" in c]
    if not cases:
        raise ScriptError(
            f"{name}:1 json: holds no case; it should be an object with {ROOT_KEY!r}, and in it "
            "'Patient_Actor'"
        )
    return cases


def _lines(text: str, name: str, error: Exception) -> list[Any]:
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    found: list[Any] = []
    for number, line in lines:
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError) as wrong:
            first = wrong if found else error
            place = number if found else getattr(error, "lineno", 1)
            why = getattr(first, "msg", "it is nested too deeply")
            raise ScriptError(
                f"{name}:{place} json: cannot be read ({why}); correct this line"
            ) from None
    return found


def read_agentclinic(case: dict[str, Any], name: str) -> Draft:
    """A draft of one case; whatever the shape does not foresee is named and kept as a comment."""
    draft = Draft(name)
    osce = case.get(ROOT_KEY) or case
    actor = osce.get("Patient_Actor")
    actor = actor if isinstance(actor, dict) else {"History": _text(actor)}
    people = _text(actor.get("Demographics"))
    draft.door |= {"age": age_in(people), "sex": sex_in(people)}
    if named := re.search(r"\bname:? ([A-Z][\w'-]+(?: [A-Z][\w'-]+)*)", people, re.I):
        draft.door["name"] = named[1]
    _symptoms(draft, actor.get("Symptoms"))
    for key, fact_id in _PARTS.items():
        said = [s for text in _leaves(actor.get(key)) for s in sentences(text)]
        for number, sentence in enumerate(said, 1):
            tier = "open" if key == "History" and number <= 2 else "asked"
            tell(draft, f"{fact_id}-{number}", sentence, tell=tier)
    for key in actor:
        if key not in _READ:
            draft.keep(f"Patient_Actor.{key}: {_text(actor[key])}")
    _objective(draft, osce)
    _examination(draft, osce.get("Physical_Examination_Findings"))
    _results(draft, osce.get("Test_Results"))
    _diagnosis(draft, osce.get("Correct_Diagnosis"))
    known = {
        "Objective_for_Doctor",
        "Patient_Actor",
        "Physical_Examination_Findings",
        "Test_Results",
        "Correct_Diagnosis",
    }
    for key in osce:
        if key not in known and key != ROOT_KEY:
            draft.keep(f"{key}: {_text(osce[key])}")
    return draft


def _symptoms(draft: Draft, symptoms: Any) -> None:
    symptoms = symptoms if isinstance(symptoms, dict) else {"Primary_Symptom": symptoms}
    primary = _leaves(symptoms.get("Primary_Symptom"))
    for text in primary[:1]:
        draft.door["concern"] = complaint_of(text)
        draft.parts["opening"] = draft.line(spoken(text).text, "the opening")
        draft.need("the opening was made of the primary symptom; put it in the patient's words")
        tell(draft, "primary-symptom", text, tell="opening")
    others = [
        *primary[1:],
        *_others(symptoms),
    ]
    for number, text in enumerate(others, 1):
        tell(draft, f"symptom-{number}", text)


def _others(symptoms: dict[str, Any]) -> list[str]:
    """Further symptoms; what stands under a name of its own keeps it: "Duration: 3 weeks"."""
    plain = ("Primary_Symptom", "Secondary_Symptoms")
    rest = {k: v for k, v in symptoms.items() if k not in plain}
    return [*_leaves(symptoms.get("Secondary_Symptoms")), *_leaves(rest)]


def _objective(draft: Draft, objective: Any) -> None:
    text = _text(objective.get("Objective_for_Doctor"))
    draft.door["setting"] = "Clinic"
    draft.need("no setting is in this shape; 'Clinic' stands in doorway.setting")
    if text:
        draft.door["tasks"] = [draft.line(text, "the task")]


def _examination(draft: Draft, findings: Any) -> None:
    if not isinstance(findings, dict):
        findings = {"General_Examination": findings}
    for key, value in findings.items():
        name = _words(key)
        if re.search(r"vital", name, re.I):
            for part, text in _pairs(value):
                vitals = as_vitals(f"{part}: {text}")
                if vitals:
                    draft.door.setdefault("vitals", {}).update(vitals)
                elif text:
                    add_finding(draft, "Vital signs", f"{part}: {text}.")
            continue
        for part, text in _pairs(value):
            add_finding(draft, name, _stop(f"{part}: {text}" if part else text))


def _results(draft: Draft, results: Any) -> None:
    if not isinstance(results, dict):
        results = {"Tests": results} if _text(results) else {}
    for key, value in results.items():
        pairs = _pairs(value)
        said = "; ".join(f"{part}: {text}" if part else text for part, text in pairs)
        add_result(draft, _words(key), _stop(said))


def _diagnosis(draft: Draft, diagnosis: Any) -> None:
    names = _leaves(diagnosis)
    if not names:
        return
    name = draft.title(names[0], "the diagnosis")
    entry: dict[str, Any] = {"name": name}
    if names[1:]:
        entry["also"] = [draft.line(n, "a name of the diagnosis") for n in names[1:]]
    draft.parts["note_key"] = {"diagnosis": name, "differential": [entry]}


def _pairs(value: Any, path: tuple[str, ...] = (), depth: int = 0) -> list[tuple[str, str]]:
    """The leaves of nested findings as (name, text): "Cranial nerves", "Intact"."""
    if depth > MOST_DEPTH or value is None:
        return []
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in _pairs(v, (*path, _words(str(k))), depth + 1)]
    if isinstance(value, list):
        return [p for v in value for p in _pairs(v, path, depth + 1)]
    text = " ".join(str(value).split())
    parts = [p for p in path if p.lower() not in ("findings", "finding", "result", "results")]
    return [(", ".join(parts), text)] if text else []


def _leaves(value: Any) -> list[str]:
    return [f"{part}: {text}" if part else text for part, text in _pairs(value)]


def _text(value: Any) -> str:
    return "; ".join(_leaves(value))


def _words(key: str) -> str:
    """A key as words: Neurological_Examination, Neurological examination; ECG stays."""
    parts = [p for p in re.split(r"[_\s]+", key.strip()) if p]
    words = [p if p.isupper() or any(c.isupper() for c in p[1:]) else p.lower() for p in parts]
    text = " ".join(words) or "Finding"
    return text[:1].upper() + text[1:]


def _stop(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
