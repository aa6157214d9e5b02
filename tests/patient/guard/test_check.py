"""The guard: each kind of fault is caught, and its clean counterpart is heard."""

from __future__ import annotations

import pytest

from simulator.language.tokens import words_of
from simulator.patient.guard.check import Fault, Guard
from simulator.patient.prompting import load_prompt, persona_words
from simulator.patient.turn import Part, State
from simulator.services import Services
from tests.cough import cough_script
from tests.patient.conftest import MakeTurn, Turn, deny, tell

UNKNOWN = Part("unknown", topic="hpi.previous-tests", why="the script is silent")
WITHHELD = Part("withheld", ("smoking",), "soc.smoking")
WHEN = "When did it start?"

CLEAN: list[tuple[str, Part, str, str]] = [
    ("form", tell("onset"), WHEN, "It began three weeks ago…"),
    ("form", tell("onset"), WHEN, "It began — let me think — three weeks ago!"),
    ("form", tell("onset"), WHEN, "I’d say it’s three weeks ago."),
    ("role", tell("onset"), WHEN, "Three weeks ago, doctor. Why do you ask?"),
    ("role", tell("shift"), "How is work?", "I'm a bus driver, and I cough through every shift."),
    ("jargon", tell("phlegm"), "Any sputum?", "I bring up some yellow phlegm, yes."),
    ("number", tell("onset"), WHEN, "About 3 weeks ago."),
    ("number", tell("onset"), WHEN, "Oh, once it began it never stopped. Three weeks ago."),
    ("invention", tell("cold"), "How did it start?", "After a heavy cold, it came on then."),
    ("invention", tell("asthma"), "Any asthma?", "Yes, as a kid I had asthma."),
    ("invention", Part("identity", topic="identity.name"), "Your name?", "I'm Erik, Erik Holm."),
    ("contradiction", tell("night"), "Do you sleep?", "No, it wakes me at night."),
    ("contradiction", tell("stairs"), "What makes it worse?", "Cold air, that makes it worse."),
    ("contradiction", deny("ros.fever"), "Any fever?", "A fever? No."),
    ("contradiction", deny("ros.fever"), "Any fever?", "No, my temperature's been normal."),
    ("contradiction", deny("ros.haemoptysis"), "Any blood?", "No blood, thank God."),
    ("locked", WITHHELD, "Do you smoke?", "I'd rather not talk about smoking just now."),
    ("locked", WITHHELD, "Do you smoke?", "I'm not sure I want to talk about smoking."),
    ("locked", WITHHELD, "Do you smoke?", "Smoking isn't something I'd like to get into now."),
    ("locked", WITHHELD, "Do you smoke?", "Can we leave that for another time, please?"),
    ("hidden", UNKNOWN, "What did the X-ray show?", "I couldn't tell you, doctor."),
    ("diagnosis", tell("cold"), "How did it start?", "It came on after a heavy cold, I think."),
    ("echo", tell("onset"), WHEN, "I'd say it began three weeks ago, and that is all I know."),
    (
        "long",
        tell("onset"),
        WHEN,
        "Well, let me think now, it must have been about three weeks ago.",
    ),
    ("empty", Part("unclear"), "Blorp?", "Sorry?"),
    ("empty", Part("nothing_more"), "Anything else?", "No, that's all, doctor."),
    ("empty", Part("confirm"), "So you cough?", "That's it exactly."),
    ("empty", UNKNOWN, "What did it show?", "No idea, I'm afraid."),
    ("empty", UNKNOWN, "What did the X-ray show?", "Nobody told me what it showed."),
    ("empty", UNKNOWN, "What did the X-ray look like?", "I didn't really look at it."),
]


@pytest.mark.parametrize(("kind", "part", "said", "text"), CLEAN)
def test_a_clean_reply_is_heard_whole(
    kind: str, part: Part, said: str, text: str, turn: MakeTurn
) -> None:
    spoken = turn(part, said=said).spoken(text)
    assert (spoken.text, spoken.voice, spoken.faults) == (text, "llm", ())


FAULTY = [
    ("form", "It began <b>three</b> weeks ago."),
    ("form", "**Three weeks** ago."),
    ("form", "- Three weeks ago."),
    ("form", "1. Three weeks ago."),
    ("form", "# Three weeks ago"),
    ("form", "`three weeks`"),
    ("form", "[Three weeks](ago)"),
    ("form", "It began three weeks ago, see https://x.y"),
    ("form", "*coughs* Three weeks ago."),
    ("form", "(coughs) Three weeks ago."),
    ("form", "Three weeks ago (sighs"),
    ("form", 'Erik: "Three weeks ago."'),
    ("form", "Three\u200b weeks ago."),
    ("form", "Three\u202e weeks ago."),
    ("form", "Three weeks\x07 ago."),
    ("form", "Три недели назад."),
    ("form", "三周前。"),
    ("form", "منذ ثلاثة أسابيع"),
    ("form", "Three weeks ago 🙂"),
    ("form", "VGhyZWUgd2Vla3MgYWdvIHNtb2tpbmc"),
    ("form", "s-m-o-k-i-n-g"),
    ("form", "S M O K I N G"),
    ("form", "sm0k1ng"),
    ("form", "HONEY helps, three weeks ago."),
    ("form", "&lt;three weeks ago&gt;"),
    ("role", "As an AI, I can't say."),
    ("role", "I'm only playing a patient."),
    ("role", "My notes say three weeks."),
    ("role", "Good question, doctor."),
    ("role", "I am the first doctor, three weeks ago."),
    ("role", "I'm sorry for the misunderstanding, it began three weeks ago."),
    ("role", "How can I help you today?"),
    ("role", "You should ask about my work."),
    ("role", "Let me know if you need more."),
    ("role", "Doctor: when did it start?"),
    ("role", "Have you had any fever?"),
    ("role", "I'll order a scan for that."),
    ("role", "It's on your checklist."),
    ("jargon", "It had a subacute start three weeks ago."),
    ("jargon", "It began three weeks ago, a chronic thing."),
    ("jargon", "Bronchitis, three weeks ago."),
    ("jargon", "They gave me amoxicillin three weeks ago."),
    ("number", "It began four weeks ago."),
    ("number", "It began 97 weeks ago."),
    ("number", "It began twenty-three weeks ago."),
    ("number", "Three weeks ago, at 39 degrees."),
    ("number", "Three weeks ago, and I'm 52."),
    ("number", "It began three weeks ago, once a week."),
    ("invention", "It began three weeks ago with a fever."),
    ("invention", "It began three weeks ago, with ibuprofen."),
    ("invention", "It began three weeks ago, my mother noticed."),
    ("invention", "It began three weeks ago in Stockholm."),
    ("invention", "It began three weeks ago, says Anna."),
    ("invention", "It began three months ago."),
    ("invention", "It began three weeks ago, on a Monday."),
    ("invention", "It began three weeks ago, after the operation."),
    ("invention", "It began three weeks ago and I can't walk."),
    ("contradiction", "It didn't begin three weeks ago."),
    ("contradiction", "It ended three weeks ago."),
    ("contradiction", "It began three weeks ago, on my left side."),
    ("locked", "I went back to smoking in March."),
    ("locked", "They took me to court over a crash."),
    ("locked", "My uncle wheezed all his life."),
    ("hidden", "It's post-viral, three weeks ago."),
    ("diagnosis", "Three weeks ago. Is it lung cancer?"),
    ("diagnosis", "A lungcancer, three weeks ago."),
    ("diagnosis", "A post-infectious cough, three weeks."),
    ("echo", "Say all of it and add nothing."),
    ("echo", "You are no doctor. Use everyday words."),
    ("long", "It began three weeks ago. " * 8),
    ("long", "Three weeks ago, three weeks ago. Oh, three weeks ago."),
]


@pytest.mark.parametrize(("kind", "text"), FAULTY)
def test_each_kind_of_fault_is_known_and_nothing_of_it_is_heard(
    kind: str, text: str, turn: MakeTurn
) -> None:
    asked = turn(tell("onset"), said=WHEN)
    spoken = asked.spoken(text)
    assert kind in asked.codes(text) | {f.split(":")[0] for f in spoken.faults}
    assert text not in spoken.text


@pytest.mark.parametrize("text", ["", " ", "…", ".", "Well, doctor.", "I don't know."])
def test_a_reply_that_does_not_answer_is_empty_and_the_author_answers(
    text: str, turn: MakeTurn
) -> None:
    asked = turn(tell("onset"), said=WHEN)
    spoken = asked.spoken(text)
    assert (spoken.text, spoken.voice) == (asked.script, "scripted")
    assert [f.split(":")[0] for f in spoken.faults] == ["empty", "empty"]


CONTRADICTED = [
    (deny("ros.fever"), "Yes."),
    (deny("ros.fever"), "Yes, I've had a fever."),
    (deny("ros.fever"), "Well, I had a fever."),
    (deny("ros.fever"), "I have had a fever."),
    (deny("ros.fever"), "I felt feverish."),
    (deny("ros.fever"), "I've felt feverish, and my temperature's been normal."),
    (deny("ros.fever"), "A bit of a fever, yes."),
    (deny("ros.fever"), "Only a slight temperature."),
    (deny("ros.fever"), "I did have one, yes."),
    (deny("ros.fever"), "I've been burning up."),
    (deny("ros.fever"), "Of course."),
    (deny("ros.fever"), "Now and then, doctor."),
    (deny("ros.haemoptysis"), "Yes, some blood."),
    (deny("ros.haemoptysis"), "I've coughed up blood."),
    (deny("ros.haemoptysis"), "There was blood in it."),
    (deny("ros.haemoptysis"), "A little blood."),
    (deny("ros.haemoptysis"), "I did see some."),
    (deny("ros.haemoptysis"), "I have, yes."),
    (tell("asthma"), "I've never had asthma."),
    (tell("asthma"), "No asthma."),
    (tell("asthma"), "I don't think I had asthma as a boy."),
    (tell("night"), "It doesn't wake me at night."),
    (tell("night"), "It lets me sleep at night."),
    (tell("phlegm"), "I bring up no phlegm."),
    (tell("phlegm"), "I bring up some yellow phlegm, bloody at times."),
    (tell("phlegm"), "I bring up some bloody yellow phlegm."),
    (tell("phlegm"), "I bring up some green phlegm."),
    (tell("stairs"), "Cold air makes it better."),
    (tell("stairs"), "Cold air doesn't make it worse."),
    (tell("stairs"), "Warm air makes it worse."),
    (tell("weight"), "I've gained five kilos since the summer."),
    (tell("weight"), "I've put on five kilos since the summer."),
    (tell("weight"), "I've lost five pounds since the summer."),
    (tell("weight"), "I haven't lost five kilos since the summer."),
    (tell("shift"), "My manager says I cough through every shift on the bus."),
]


@pytest.mark.parametrize(("part", "text"), CONTRADICTED)
def test_the_opposite_of_what_was_decided_is_never_heard(
    part: Part, text: str, turn: MakeTurn
) -> None:
    assert text not in turn(part).spoken(text).text


PAIRS = [
    "Warm tea with honey makes it worse. Cold air eases it.",
    "Cold air makes it better, warm tea with honey makes it worse.",
    "Honey makes it worse and cold air eases it.",
    "Cold air makes it better, and so does warm tea with honey.",
]


@pytest.mark.parametrize("text", PAIRS)
def test_two_facts_that_are_told_together_keep_their_own_words(text: str, turn: MakeTurn) -> None:
    assert text not in turn(tell("stairs", "tea")).spoken(text).text


@pytest.mark.parametrize(
    "text", ["No fever, but chills.", "Chills, yes, no fever.", "Only chills."]
)
def test_of_two_denied_symptoms_neither_may_be_admitted(text: str, turn: MakeTurn) -> None:
    spoken = turn(deny("ros.fever"), deny("ros.chills"), said="Fever or chills?").spoken(text)
    assert text not in spoken.text


@pytest.mark.parametrize(
    "text",
    [
        "It was clear.",
        "All normal.",
        "It was bad.",
        "Yes.",
        "No.",
        "I don't know, it was fine.",
        "I'm not sure, maybe pneumonia.",
        "They said it was okay, but I don't know.",
        "I don't know, but I think they found something.",
        "It didn't show anything.",
        "They didn't find anything.",
        "The X-ray wasn't bad.",
        "There was nothing on the X-ray.",
        "I haven't had an X-ray.",
    ],
)
def test_where_nothing_is_known_no_answer_slips_in(text: str, turn: MakeTurn) -> None:
    spoken = turn(UNKNOWN, said="What did the X-ray show?").spoken(text)
    assert text not in spoken.text


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "No, I don't smoke.",
        "Yes, I smoke.",
        "I've quit.",
        "I did stop.",
        "I do, but I'd rather not talk about it.",
        "I used to, but I'd rather not go into it.",
        "Not any more, and I'd rather not talk about it.",
        "Only now and then, but that's private.",
        "I'd rather not say that I started again.",
        "Twenty a day, but that's private.",
        "I don't smoke.",
        "I'm not smoking. I'd rather not go into that just now.",
        "I'm not sure what you mean by smoking.",
        "I'm not going to tell you what to do.",
        "I'm not sure how to explain it. I'd rather not go into that.",
    ],
)
def test_what_is_kept_back_is_neither_admitted_nor_denied(text: str, turn: MakeTurn) -> None:
    spoken = turn(WITHHELD, said="Do you smoke?").spoken(text)
    assert text not in spoken.text


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("I started smoking again in the spring.", "smoking"),
        ("I picked up the cigarettes again.", "smoking"),
        ("I had to go before a judge because of an accident.", "court"),
        ("There was a trial about a crash.", "court"),
        ("I weigh five kilos less than in summer.", "weight"),
        ("An uncle of mine had bad lungs.", "uncle"),
    ],
)
def test_a_paraphrase_of_what_is_hidden_is_never_heard(
    text: str, fact: str, turn: MakeTurn
) -> None:
    asked = turn(tell("onset"), said=WHEN)
    for reply in (text, f"It began three weeks ago. {text}", f"{text} It began three weeks ago."):
        assert text not in asked.spoken(reply).text


def test_the_residents_own_words_may_come_back_in_a_no(turn: MakeTurn) -> None:
    said = "Have you travelled to Kenya or had malaria?"
    assert turn(deny("pmh.infections"), said=said).faults("No, no malaria, doctor.") == []
    text = "It began in Kenya three weeks ago."
    assert text not in turn(tell("onset"), said=said).spoken(text).text


def test_the_residents_own_words_do_not_make_a_yes(turn: MakeTurn) -> None:
    said = "Did you start smoking again in March?"
    for text in ("Yes, in March.", "I smoke, yes.", "I did, in March."):
        assert text not in turn(deny("ros.fever"), said=said).spoken(text).text


def test_what_was_told_before_may_be_said_again(turn: MakeTurn) -> None:
    text = "It began three weeks ago, and there's the warm tea with honey."
    assert turn(tell("onset")).faults(text)
    assert turn(tell("onset"), state=State(told={"tea": 1})).faults(text) == []


def test_a_gesture_is_heard_where_the_author_wants_it_and_nowhere_else(services: Services) -> None:
    script = cough_script(id="cough-gestures", patient={"gestures": ["rubs his chest"]})
    guard = Guard(services.case(script), services.phrasebook)
    asked = Turn(guard, [tell("onset")])
    assert asked.faults("(rubs his chest) Three weeks ago.") == []
    assert asked.codes("(clutches his chest) Three weeks ago.") == {"form"}
    assert "form" in asked.codes("*rubs his chest* Three weeks ago.")


def test_every_kind_of_fault_has_words_for_the_second_question(turn: MakeTurn) -> None:
    kinds = {kind for kind, _ in FAULTY} | {"empty"}
    assert kinds == set(persona_words().faults)
    assert str(Fault("form", "has '<'")) == "form: has '<'"


def test_any_four_words_of_the_rules_in_a_row_are_an_echo(turn: MakeTurn) -> None:
    asked = turn(tell("onset"), said=WHEN)
    rules = load_prompt("patient")[0].template.split("Who you are")[0]
    sentences = [s for s in rules.replace("\n", " ").split(".") if len(words_of(s)) > 8]
    assert len(sentences) > 8
    assert [s for s in sentences if "echo" not in asked.codes(f"{s.strip()}.")] == []


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("I didn't want to go back.", True),
        ("I'd rather not say. I don't know why.", False),
        ("I'd rather not go into it just now.", False),
    ],
)
def test_a_whole_sentence_of_a_long_hidden_line_is_stopped_though_its_words_are_plain(
    text: str, stopped: bool, services: Services
) -> None:
    long = "I didn't want to go back. They took me to court over a crash in June. I don't know why."
    facts = [
        {**f.model_dump(), **({"says": long} if f.id == "court" else {})}
        for f in cough_script().facts
    ]
    guard = services.guard(cough_script(id="cough-long", facts=facts))
    codes = Turn(guard, [WITHHELD], "Do you smoke?").codes(text)
    assert ("locked" in codes) == stopped


def test_a_name_with_letters_beyond_western_europe_is_heard(services: Services) -> None:
    facts = [
        {
            **f.model_dump(),
            **({"says": "My uncle Łukasz lives in Gdańsk."} if f.id == "uncle" else {}),
        }
        for f in cough_script().facts
    ]
    guard = services.guard(cough_script(id="cough-names", facts=facts))
    assert (
        Turn(guard, [tell("uncle")], "Any family?").codes("Uncle Łukasz lives in Gdańsk.") == set()
    )
