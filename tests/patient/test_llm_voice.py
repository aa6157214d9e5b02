"""The freer voice: sentence by checked sentence, and the author's words where it fails."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import ModelUnavailable
from simulator.llm import Message, ScriptedModel
from simulator.patient.guard.check import Guard
from simulator.patient.llm_voice import FreeVoice
from simulator.patient.patient import Patient
from simulator.patient.prompting import persona_words, prompt_versions
from simulator.patient.trace import Trace
from simulator.patient.turn import Reply
from simulator.services import Services
from simulator.settings import ROOT
from tests.cough import Visit, cough_script
from tests.patient.conftest import MakeTurn, deny, tell

ASKED = "When did it start?"
LINE = "It began three weeks ago."
BAD = "It began 97 weeks ago."
GOOD = "Oh, about three weeks ago."
AWAY = ModelUnavailable("It does not answer; look at the server", reason="stalled")
SpokenBy = Callable[..., tuple[Visit, ScriptedModel]]


@dataclass
class Breaking:
    """A model whose words stop in the middle."""

    pieces: Sequence[str]
    reason: Any = "cut"
    name: str = "breaking-model"
    closed: int = 0
    calls: list[Sequence[Message]] = field(default_factory=list)

    def stream(self, messages: Sequence[Message]) -> Any:
        self.calls.append(messages)
        call, outer = ScriptedModel([""]).stream(messages).call, self

        class Words:
            def __iter__(self) -> Iterator[str]:
                yield from outer.pieces
                raise ModelUnavailable("It broke off; ask again", reason=outer.reason)

            def close(self) -> None:
                outer.closed += 1

            @property
            def call(self) -> Any:
                return replace(call, outcome=outer.reason)

        return Words()

    def extract(self, messages: Sequence[Message], schema: type[Any]) -> Any:
        raise NotImplementedError


def hearing(visit: Visit, said: str) -> tuple[Reply, list[str]]:
    """A reply, and what was heard of it by and by."""
    heard: list[str] = []
    reply, visit.state = visit.patient.reply(said, visit.state, hear=heard.append)
    return reply, heard


@pytest.mark.parametrize("label", ["Erik Holm: ", "erik: ", "**Erik**: ", "Patient: ", "Holm:\n"])
def test_the_patient_s_name_before_the_line_is_left_out(spoken_by: SpokenBy, label: str) -> None:
    visit, _ = spoken_by(f"{label}{GOOD}")
    reply = visit.ask(ASKED)
    assert (reply.text, reply.voice, reply.guarded) == (GOOD, "llm", ())


def test_somebody_else_s_name_before_the_line_is_no_label(spoken_by: SpokenBy) -> None:
    visit, _ = spoken_by(f"Doctor: {GOOD}", f"Doctor: {GOOD}")
    assert visit.ask(ASKED).voice == "scripted"


def test_what_is_read_ahead_is_what_every_turn_begins_with(spoken_by: SpokenBy) -> None:
    visit, model = spoken_by("Yes.", GOOD)
    assert visit.patient.free
    visit.patient.free.read_ahead()
    visit.ask(ASKED)
    assert model.calls[0][0] == model.calls[1][0]


def test_a_model_that_keeps_to_what_may_be_told_is_heard(spoken_by: SpokenBy) -> None:
    visit, model = spoken_by(GOOD)
    reply = visit.ask(ASKED)
    assert (reply.text, reply.voice, reply.guarded) == (GOOD, "llm", ())
    assert Trace.of(reply).model == "scripted-model"
    assert len(model.calls) == 1


def test_each_sentence_is_heard_as_soon_as_it_has_passed(spoken_by: SpokenBy) -> None:
    visit, _ = spoken_by("It began three weeks ago. I do remember that. That's all I know.")
    reply, heard = hearing(visit, ASKED)
    assert heard == [
        "It began three weeks ago.",
        "It began three weeks ago. I do remember that.",
        reply.text,
    ]


def test_a_sentence_that_failed_is_never_heard_nor_what_follows_it(spoken_by: SpokenBy) -> None:
    visit, model = spoken_by(f"{LINE} My mother has diabetes. I do remember that.")
    reply, heard = hearing(visit, ASKED)
    assert heard == [LINE]
    assert reply.text == LINE
    assert [c.split(":")[0] for c in reply.guarded][:1] == ["invention"]
    assert len(model.calls) == 1


def test_nothing_is_heard_before_it_is_to_the_point(spoken_by: SpokenBy) -> None:
    visit, _ = spoken_by("Well, doctor. Let me think about that now. Three weeks ago, I'd say.")
    reply, heard = hearing(visit, ASKED)
    assert heard == [reply.text]
    assert reply.text.endswith("Three weeks ago, I'd say.")


def test_a_first_fault_is_asked_about_once_more_and_the_second_answer_is_heard(
    spoken_by: SpokenBy,
) -> None:
    visit, model = spoken_by(BAD, GOOD)
    reply, heard = hearing(visit, ASKED)
    assert (reply.text, reply.voice, heard) == (GOOD, "llm", [GOOD])
    assert model.calls[1][:-1] == model.calls[0][:-1]
    note = model.calls[1][-1][1].removeprefix(model.calls[0][-1][1])
    assert persona_words().faults["number"] in note
    assert "97" not in note
    assert Trace.of(reply).rejected == (BAD,)


@pytest.mark.parametrize("bad", [BAD, "I have diabetes.", "As an AI language model I can't.", ""])
def test_two_faults_are_replaced_by_the_authors_line(bad: str, spoken_by: SpokenBy) -> None:
    visit, model = spoken_by(bad, bad, "never asked for")
    reply, heard = hearing(visit, ASKED)
    assert (reply.text, reply.voice, heard) == (LINE, "scripted", [LINE])
    assert len(reply.guarded) >= 2
    assert len(model.calls) == 2


def test_after_words_were_heard_the_rest_is_the_authors_and_nothing_is_asked_again(
    turn: MakeTurn,
) -> None:
    asked = turn(tell("asthma"), tell("onset"))
    spoken = asked.spoken("As a boy I had asthma. It began 97 weeks ago.", "never asked for")
    assert spoken.text == f"As a boy I had asthma. {LINE}"
    assert (spoken.voice, spoken.completed, len(spoken.calls)) == ("llm", ("tell",), 1)


def test_a_fact_that_the_model_leaves_out_is_added_in_the_authors_words(turn: MakeTurn) -> None:
    spoken = turn(tell("asthma"), deny("ros.fever")).spoken("As a boy I had asthma.")
    assert spoken.text.startswith("As a boy I had asthma. ")
    assert "feverish" in spoken.text
    assert (spoken.completed, spoken.faults) == (("deny",), ())


def test_what_was_heard_is_not_said_again_when_the_rest_is_added(turn: MakeTurn) -> None:
    spoken = turn(tell("stairs", "tea")).spoken("Cold air makes it worse.")
    assert "Warm tea with honey eases it." in spoken.text
    assert spoken.text.count("Cold air makes it worse.") == 1


@pytest.mark.parametrize(
    ("reply", "first"),
    [
        ("No. No fever at all.", "No. No fever at all."),
        ("Oh. No. No fever at all.", "Oh. No. No fever at all."),
        ("Fever? No, none at all.", "Fever?"),
        ("No, no fever. I feel normal.", "No, no fever."),
    ],
)
def test_a_bare_no_waits_for_what_follows_it(reply: str, first: str, spoken_by: SpokenBy) -> None:
    visit, _ = spoken_by(reply)
    answer, heard = hearing(visit, "Have you had a fever?")
    assert heard[0] == first
    assert answer.text == heard[-1] == reply


def test_a_no_that_turns_into_a_yes_is_never_heard(spoken_by: SpokenBy) -> None:
    visit, _ = spoken_by(*["No. I mean yes, I had a fever."] * 2)
    reply, heard = hearing(visit, "Have you had a fever?")
    assert [h for h in heard if "yes" in h] == []
    assert reply.text.startswith("No")


def test_a_title_does_not_end_a_sentence(turn: MakeTurn) -> None:
    asked = turn(tell("onset"), said="I'm Dr. Reed. When did it start?")
    text = "Well, Dr. Reed, it began three weeks ago."
    spoken = asked.spoken(text)
    assert text in (spoken.text, *spoken.rejected)


@pytest.mark.parametrize("reason", ["not_configured", "stalled", "resting", "spent", "refused"])
def test_a_model_that_is_away_leaves_the_authors_line(reason: Any, spoken_by: SpokenBy) -> None:
    visit, model = spoken_by(ModelUnavailable("It is away; wait", reason=reason))
    reply, heard = hearing(visit, ASKED)
    assert (reply.text, reply.voice, heard) == (LINE, "scripted", [LINE])
    trace = Trace.of(reply)
    assert trace.away == reason
    assert len(model.calls) == 1
    unasked = reason in ("not_configured", "resting", "spent")
    assert [c.outcome for c in trace.calls] == ([] if unasked else [reason])


def test_a_model_that_is_away_at_the_second_question_leaves_the_authors_line(
    spoken_by: SpokenBy,
) -> None:
    visit, _ = spoken_by(BAD, AWAY)
    reply = visit.ask(ASKED)
    assert (reply.text, reply.voice) == (LINE, "scripted")
    assert Trace.of(reply).away == "stalled"
    assert [c.outcome for c in Trace.of(reply).calls] == ["ok", "stalled"]
    assert reply.guarded[0].startswith("number")


@pytest.mark.parametrize(
    ("pieces", "text", "voice"),
    [
        ([], LINE, "scripted"),
        (["It began th"], LINE, "scripted"),
        (["Well, doctor. "], LINE, "scripted"),
        (["Three weeks ago. ", "I reme"], "Three weeks ago.", "llm"),
        (
            ["Three weeks ago. I do remember that. Oh"],
            "Three weeks ago. I do remember that.",
            "llm",
        ),
    ],
)
def test_a_model_that_breaks_off_is_heard_to_its_last_whole_sentence(
    pieces: list[str], text: str, voice: str, cough: Patient, guard: Guard
) -> None:
    model = Breaking(pieces)
    visit = Visit(replace(cough, free=FreeVoice(model, guard)))
    reply, heard = hearing(visit, ASKED)
    assert (reply.text, reply.voice) == (text, voice)
    assert heard[-1] == text
    trace = Trace.of(reply)
    assert (trace.away, [c.outcome for c in trace.calls]) == ("cut", ["cut"])
    assert (len(model.calls), model.closed) == (1, 1)


def test_what_a_broken_off_model_left_out_is_said_by_the_author(
    cough: Patient, guard: Guard
) -> None:
    model = Breaking(["As a boy I had asthma. ", "And it be"])
    visit = Visit(replace(cough, free=FreeVoice(model, guard)))
    reply = visit.ask("Have you had asthma? And when did the cough start?")
    if {"asthma", "onset"} <= set(reply.decision.told):
        assert reply.text == f"As a boy I had asthma. {LINE}"
        assert Trace.of(reply).completed == ("tell",)
    else:
        pytest.fail("the question no longer asks for both")


QUESTIONS = [
    "Hello, what brings you in?",
    "Tell me more.",
    ASKED,
    "Any fever?",
    ASKED,
    "Do you smoke?",
    "Is anyone in the family ill?",
    "What did the X-ray show?",
    "asdf qwer",
    "Goodbye.",
]


@pytest.mark.parametrize("reply", [BAD, "", "<b>", "Yes.", AWAY])
def test_what_the_patient_remembers_is_the_same_whoever_speaks(
    reply: str | Exception, cough: Patient, guard: Guard
) -> None:
    plain, free = Visit(cough), Visit(cough)
    for said in QUESTIONS:
        model = ScriptedModel([reply, reply])
        free.patient = replace(cough, free=FreeVoice(model, guard))
        one, two = plain.ask(said, minutes=1), free.ask(said, minutes=1)
        assert two.decision == one.decision
        heard = {"answered": plain.state.answered}
        assert free.state.model_copy(update=heard) == plain.state


def test_a_cue_stays_in_the_authors_words_and_no_model_hears_of_it(spoken_by: SpokenBy) -> None:
    visit, model = spoken_by("Yes, an uncle of mine wheezed all his life.")
    reply = visit.ask("Has anyone in your family had lung trouble?")
    assert reply.cues == ("uncle",)
    assert reply.text.endswith("I do think of my uncle a lot these days.")
    assert "these days" not in str(model.calls)


def test_a_challenge_stays_in_the_authors_words(services: Services) -> None:
    script = cough_script(
        id="cough-challenge",
        challenges=[{"id": "serious", "says": "Is it cancer?", "when": {"after_turns": 1}}],
    )
    model = ScriptedModel(["It began three weeks ago."] * 4)
    visit = Visit(services.voiced(script, model))
    visit.ask(ASKED)
    reply = visit.ask("Have you had asthma?")
    assert reply.challenges == ("serious",)
    assert reply.text.endswith("Is it cancer?")
    assert "cancer" not in str(model.calls)


def test_the_trace_tells_who_spoke_and_what_it_took(spoken_by: SpokenBy) -> None:
    visit, _ = spoken_by(BAD, GOOD)
    trace = Trace.of(visit.ask(ASKED))
    assert trace.voice == "llm"
    assert trace.model == "scripted-model"
    assert trace.prompt == prompt_versions()
    assert len(trace.prompt_hash) == 16
    assert [c.outcome for c in trace.calls] == ["ok", "ok"]
    assert trace.guarded == ("number: brings in the number '97'",)
    assert (trace.away, trace.away_s, trace.completed) == ("", 0.0, ())
    assert trace.first_s >= 0


def test_words_too_many_to_take_in_are_never_shown_to_a_model(spoken_by: SpokenBy) -> None:
    visit, model = spoken_by("Yes.")
    reply = visit.ask("when " * 500)
    assert (reply.voice, model.calls) == ("scripted", [])
    assert reply.text


def test_a_locked_fact_is_neither_shown_to_the_model_nor_heard_from_it(
    cough: Patient, spoken_by: SpokenBy
) -> None:
    locked = [f for f in cough.case.script.facts if f.tell in ("direct", "trust", "never")]
    assert locked
    for fact in locked:
        visit, model = spoken_by(*[f"{LINE} {fact.says}", fact.says])
        assert visit.ask(ASKED).text == LINE
        shown = " ".join(text for call in model.calls for _, text in call)
        assert [f.id for f in locked if f.says in shown] == []
        assert cough.case.script.note_key.diagnosis not in shown


def test_without_a_configured_model_the_voice_says_what_to_set(services: Services) -> None:
    with pytest.raises(ModelUnavailable, match="VSP_LLM_MODEL"):
        services.patient(cough_script(), "llm")


ALONE = """
import sys
from pathlib import Path
from simulator.patient.turn import State
from simulator.services import Services
from simulator.settings import Settings
services = Services(Settings(data_dir=Path(sys.argv[1])))
reply, _ = services.patient(services.library.released()[0]).reply("When did it start?", State())
heavy = ("langchain", "langsmith", "openai", "langchain_core", "langchain_openai")
print(reply.voice, sorted(m for m in sys.modules if m.split(".")[0] in heavy), reply.spoken)
"""


def test_the_scripted_patient_loads_nothing_of_a_language_model(
    services: Services, data_dir: Path
) -> None:
    assert services.library.released()
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(data_dir)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip().splitlines()[-1] == "scripted [] None"
