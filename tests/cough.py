"""A small case that the tests of the patient and of the evaluator interview."""

from __future__ import annotations

from typing import Any

from simulator.patient.patient import Patient
from simulator.patient.turn import Reply, State
from simulator.scripts.schema import PatientScript

COUGH: dict[str, Any] = {
    "schema": 1,
    "id": "stubborn-cough",
    "version": "1.0.0",
    "status": "released",
    "title": "A stubborn cough",
    "doorway": {
        "setting": "Surgery, room 3",
        "name": "Erik Holm",
        "age": 47,
        "sex": "male",
        "pronouns": "he/him",
        "concern": "A cough",
        "minutes": 10,
        "note_minutes": 5,
    },
    "patient": {
        "occupation": "bus driver",
        "affect": {
            "softeners": ["Coughing all night long must wear you out."],
            "triggers": ["This is only a little cough, you know."],
        },
    },
    "opening": "I can't get rid of this cough, doctor.",
    "facts": [
        {"id": "cough", "topic": "ros.cough", "says": "I've a cough.", "tell": "opening"},
        {
            "id": "onset",
            "topic": "hpi.onset",
            "says": "It began three weeks ago.",
            "also": ["Three weeks it's been now."],
        },
        {
            "id": "cold",
            "topic": "hpi.trigger",
            "says": "It came on after a heavy cold.",
            "tell": "open",
        },
        {
            "id": "shift",
            "topic": "hpi.impact-work",
            "says": "I cough through every shift on the bus.",
            "tell": "open",
        },
        {"id": "night", "topic": "hpi.wakes", "says": "It wakes me at night.", "tell": "open"},
        {"id": "stairs", "topic": "hpi.aggravating", "says": "Cold air makes it worse."},
        {"id": "tea", "topic": "hpi.relieving", "says": "Warm tea with honey eases it."},
        {"id": "phlegm", "topic": "ros.sputum", "says": "I bring up some yellow phlegm."},
        {"id": "asthma", "topic": "pmh.asthma", "says": "I had asthma as a boy."},
        {"id": "appendix", "topic": "pmh.surgery", "says": "They took my appendix out."},
        {
            "id": "weight",
            "topic": "ros.weight-loss",
            "says": "I've lost five kilos since the summer.",
            "tell": "direct",
        },
        {
            "id": "smoking",
            "topic": "soc.smoking",
            "says": "I went back to smoking in March.",
            "tell": "trust",
        },
        {
            "id": "court",
            "topic": "soc.legal",
            "says": "They took me to court over a crash.",
            "tell": "never",
        },
        {
            "id": "uncle",
            "topic": "fam.lung",
            "says": "My uncle wheezed all his life.",
        },
        {
            "id": "xray",
            "topic": "hpi.previous-tests",
            "says": "The X-ray of 2019 was clear.",
            "knows": False,
        },
    ],
    "denies": ["ros.fever", "ros.haemoptysis"],
    "cues": [
        {"id": "uncle", "says": "I do think of my uncle a lot these days.", "with": "uncle"},
    ],
    "closing": "Goodbye then, doctor.",
    "checklist": [
        {"id": "onset", "text": "Asks when it began", "facts": ["onset"], "critical": True},
        {"id": "phlegm", "text": "Asks about phlegm", "facts": ["phlegm"]},
        {"id": "blood", "text": "Asks about blood", "topics": ["ros.haemoptysis"], "weight": 2},
        {"id": "fever", "text": "Asks about fever", "topics": ["ros.fever"]},
        {"id": "worse", "text": "Asks what makes it worse", "facts": ["stairs"]},
        {"id": "asthma", "text": "Asks about asthma", "facts": ["asthma"], "domain": "history"},
        {
            "id": "smoking",
            "text": "Learns that he smokes",
            "facts": ["smoking"],
            "domain": "history",
            "credit": "elicited",
        },
        {"id": "shift", "text": "Asks about work", "facts": ["shift"], "domain": "history"},
        {
            "id": "uncle",
            "text": "Takes up the thought of the uncle",
            "domain": "communication",
            "cue": "uncle",
            "credit": "acknowledged",
        },
        {
            "id": "summary",
            "text": "Sums up",
            "domain": "communication",
            "acts": ["summary"],
            "credit": "done",
        },
    ],
    "note_key": {
        "diagnosis": "Cough after a viral infection",
        "differential": [
            {
                "name": "Post-infectious cough",
                "also": ["post-viral cough"],
                "support": ["cold", "onset"],
            },
            {"name": "Lung cancer", "must_not_miss": True, "support": ["weight", "smoking"]},
            {"name": "Asthma", "support": ["asthma"]},
        ],
        "workup": [{"name": "Chest X-ray", "also": ["CXR"]}, {"name": "Spirometry"}],
        "history": ["onset", "phlegm", "smoking"],
    },
}


def cough_script(**changes: Any) -> PatientScript:
    """The case; each change replaces a field by its YAML name, `schema` included."""
    return PatientScript.model_validate({**COUGH, **changes})


class Visit:
    """One encounter with a patient, remembered from turn to turn."""

    def __init__(self, patient: Patient, state: State | None = None) -> None:
        self.patient = patient
        self.state = state or State()

    def ask(self, text: str, minutes: float | None = None) -> Reply:
        """The reply to one turn, and the state after it kept."""
        reply, self.state = self.patient.reply(text, self.state, minutes)
        return reply

    def told(self, text: str) -> set[str]:
        """The facts that the reply to one turn tells."""
        return set(self.ask(text).decision.told)
