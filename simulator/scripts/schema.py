"""What a patient is: the script's schema (design §4)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Tier = Literal["opening", "open", "asked", "direct", "trust", "never"]
Status = Literal["draft", "review", "pilot", "released", "retired"]
Personality = Literal[
    "plain", "verbose", "reserved", "pleasing", "impatient", "distrustful", "overanxious"
]
Credit = Literal["asked", "elicited", "explained", "acknowledged", "done"]
Domain = str
Affection = Literal["at-ease", "uneasy", "in-pain", "downcast", "tearful", "closed"]
Skin = Literal["fair", "light", "tan", "brown", "dark", "deep"]
Hair = Literal[
    "afro", "bald", "bob", "bun", "crop", "curls", "fringe", "headscarf", "locs", "long",
    "pixie", "ponytail", "receding", "short", "swept", "waves",
]  # fmt: skip
HairColour = Literal[
    "black", "dark-brown", "brown", "auburn", "blonde", "salt-and-pepper", "grey", "white"
]
TIERS: tuple[str, ...] = get_args(Tier)

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
TopicId = Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z0-9-]+)+$", max_length=60)]


class Part(BaseModel):
    """Every part of a script: frozen, and closed against misspelt fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Objective(Part):
    """What the resident should learn, with a competency code."""

    text: Line
    competency: str = ""


class Doorway(Part):
    """All that the resident sees before entering the room."""

    setting: Line
    name: Name
    age: int = Field(ge=0, le=120)
    sex: Name
    pronouns: str = ""
    concern: Line
    vitals: dict[str, str | int | float] = {}
    tasks: tuple[Line, ...] = ()
    minutes: int = Field(default=15, ge=1, le=180)
    note_minutes: int = Field(default=10, ge=1, le=180)

    @field_validator("vitals")
    @classmethod
    def _are_of_this_world(cls, vitals: dict[str, str | int | float]) -> Any:
        for name, value in vitals.items():
            if not isinstance(value, str) and not 0 <= value <= 1_000_000:
                raise ValueError(f"{name} is a number of 0 to 1,000,000, or text")
        return vitals


class Informant(Part):
    """Who speaks where it is not the patient: a child's father, a daughter, an interpreter."""

    name: Name
    relation: Name = "carer"  # to the patient, as in "father"
    age: int = Field(default=40, ge=0, le=120)
    sex: str = ""
    pronouns: str = ""
    calls: tuple[Name, ...] = ()  # what one calls the patient to them, as in "your son"


class Affect(Part):
    """How the patient feels at the start, and what changes it."""

    baseline: str = "calm"
    triggers: tuple[Line, ...] = ()
    softeners: tuple[Line, ...] = ()


class Portrait(Part):
    """How the patient is drawn; what is left out is drawn from age and sex, by a rule of chance."""

    skin: Skin | None = None
    hair: Hair | None = None
    hair_colour: HairColour | None = None
    beard: Literal["none", "stubble", "moustache", "full"] | None = None
    glasses: bool | None = None
    looks: Affection | None = None  # at first; else what `patient.affect.baseline` says


class Persona(Part):
    """Who the patient is and how they speak."""

    occupation: str = ""
    affect: Affect = Affect()
    personality: Personality = "plain"
    speech: Literal["A", "B", "C"] = "A"
    recall: Literal["high", "low"] = "high"
    health_literacy: Literal["low", "middle", "high"] = "middle"
    gestures: tuple[Line, ...] = ()
    reactions: dict[Id, tuple[Line, ...]] = {}
    ideas: tuple[Id, ...] = ()
    concerns: tuple[Id, ...] = ()
    expectations: tuple[Id, ...] = ()
    hidden_agenda: Id | None = None

    @field_validator("ideas", "concerns", "expectations", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Fact(Part):
    """One thing the patient knows, in the patient's own words, and when it is told."""

    id: Id
    says: Line
    topic: TopicId | None = None
    also: tuple[Line, ...] = ()
    tell: Tier = "asked"
    asks: tuple[Line, ...] = ()
    polarity: Literal["positive", "negative"] = "positive"
    red_flag: bool = False
    sensitive: bool = False
    knows: bool = True


class When(Part):
    """The moment at which a patient puts a challenge question."""

    after_minutes: float | None = Field(default=None, ge=0, le=1440)
    after_turns: int | None = Field(default=None, ge=0, le=1000)
    after_fact: Id | None = None
    on_end: bool = False


class Challenge(Part):
    """A question that the patient puts to the resident."""

    id: Id
    says: Line
    when: When = When(after_minutes=4)
    good_response: str = ""


class Cue(Part):
    """A hint of feeling that the patient drops and the resident should take up.

    `opens` are the facts that lie behind it, which a question that takes it up asks for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: Id
    says: Line
    with_fact: Id | None = Field(default=None, alias="with")
    opens: tuple[Id, ...] = ()
    looks_for: str = ""


class Manoeuvre(Part):
    """An examination and what it finds."""

    manoeuvre: Name
    also: tuple[Line, ...] = ()
    finding: Line


class Investigation(Part):
    """A test and its result."""

    name: Name
    also: tuple[Line, ...] = ()
    result: Line
    minutes: float = Field(default=0, ge=0, le=100_000)


class ChecklistItem(Part):
    """One thing the resident is expected to do, and how it earns credit."""

    id: Id
    text: Line
    domain: Domain = "hpi"
    facts: tuple[Id, ...] = ()
    topics: tuple[TopicId, ...] = ()
    acts: tuple[str, ...] = ()
    cue: Id | None = None
    credit: Credit = "asked"
    weight: float = Field(default=1, gt=0, le=10)
    critical: bool = False
    why: str = ""


class CommunicationPart(Part):
    """Which communication rubric applies."""

    rubric: str = "vsp-comm-9"


class Diagnosis(Part):
    """A diagnosis of the note key."""

    name: Name
    also: tuple[Line, ...] = ()
    must_not_miss: bool = False
    support: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


class WorkupStep(Part):
    """A step of the work-up that a good note orders."""

    name: Name
    also: tuple[Line, ...] = ()


class NoteKey(Part):
    """What a good note holds; never shown before feedback, never given to the patient's voice."""

    diagnosis: str = ""
    differential: tuple[Diagnosis, ...] = ()
    workup: tuple[WorkupStep, ...] = ()
    history: tuple[Id, ...] = ()


class TeachingPoint(Part):
    """A point for the debrief and the guide section behind it."""

    text: Line
    guide: str = ""


class Afterword(Part):
    """What the patient says of the talk afterwards, and of which talks it is true."""

    says: Line
    after: Id | None = None  # a checklist item that was done, wholly or partly
    without: Id | None = None  # one that was missed


class Debrief(Part):
    """What the resident reads afterwards."""

    teaching_points: tuple[TeachingPoint, ...] = ()
    model_questions: dict[Id, Line] = {}
    patient_says: tuple[Afterword, ...] = ()


class Expectation(Part):
    """What a question of the script's own tests must bring out."""

    facts: tuple[Id, ...] = ()
    denied: tuple[TopicId, ...] = ()
    withheld: tuple[Id, ...] = ()


class ScriptTest(Part):
    """A question and what the patient must answer, put in a fresh encounter."""

    ask: Line
    expect: Literal["denied", "unknown"] | Expectation


class PatientScript(Part):
    """A whole case. Required: schema, id, version, title, doorway, opening, facts' id and says."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, title="Patient script"
    )

    schema_version: Literal[1] = Field(alias="schema")
    id: Id
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    status: Status = "draft"
    guided: bool = False
    title: Line
    language: str = "en"
    specialty: str = ""
    level: tuple[str, ...] = ()
    difficulty: Literal["easy", "moderate", "hard"] | None = None
    objectives: tuple[Objective, ...] = ()
    authors: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    content_warning: str = ""
    doorway: Doorway
    informant: Informant | None = None
    portrait: Portrait = Portrait()
    patient: Persona = Persona()
    opening: Line
    facts: tuple[Fact, ...] = ()
    denies: tuple[TopicId, ...] = ()
    answers_no_by_default: bool = True
    challenges: tuple[Challenge, ...] = ()
    cues: tuple[Cue, ...] = ()
    closing: str = ""
    examination: tuple[Manoeuvre, ...] = ()
    tests: tuple[Investigation, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    communication: CommunicationPart = CommunicationPart()
    note_key: NoteKey = NoteKey()
    debrief: Debrief = Debrief()
    tests_of_the_script: tuple[ScriptTest, ...] = ()

    @property
    def speaker(self) -> Doorway | Informant:
        """Whom one talks with: name, age, sex and pronouns of the informant, else the patient's."""
        return self.informant or self.doorway

    def fact(self, fact_id: str) -> Fact:
        """The fact of that id.

        Raises:
            KeyError: the script has no such fact.
        """
        for fact in self.facts:
            if fact.id == fact_id:
                return fact
        raise KeyError(fact_id)


def json_schema() -> dict[str, Any]:
    """The JSON Schema that editors complete and check scripts with."""
    return PatientScript.model_json_schema(by_alias=True)
