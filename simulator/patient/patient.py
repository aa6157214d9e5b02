"""One turn of the patient: understand → disclose → voice → guard, with its trace."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from simulator.patient.case import Case
from simulator.patient.disclose import disclose
from simulator.patient.guard.leaks import find_leaks
from simulator.patient.llm_voice import FreeVoice, Hear
from simulator.patient.prompting import mood_of
from simulator.patient.turn import Decision, Part, Reply, State, Understanding
from simulator.patient.understanding.understand import Understander
from simulator.patient.voice import Line, Speech, join

MAX_CHARS = 2000
MINUTES_A_TURN = 0.4
KEPT_CHARS = 400


@dataclass(frozen=True, slots=True)
class Patient:
    """A virtual standardized patient who plays one case."""

    case: Case
    understander: Understander
    free: FreeVoice | None = None

    def reply(
        self,
        text: str,
        state: State,
        minutes: float | None = None,
        history: Sequence[tuple[str, str]] = (),
        hear: Hear | None = None,
    ) -> tuple[Reply, State]:
        """Answer a resident's words.

        Args:
            text: what the resident said; what is beyond 2,000 characters is not listened to.
            state: what the patient remembers of the encounter so far.
            minutes: how long the interview has lasted; reckoned from the turns where unknown.
            history: the talk so far, (resident or patient, text); only a language model needs it.
            hear: called with the reply so far, as often as more of it may be heard.
        """
        began = time.perf_counter()
        understanding, decision = self._decide(text, state)
        read_ms = (time.perf_counter() - began) * 1000
        speech = Speech(self.case, state)
        lines = speech.lines(decision)
        if len(text) > MAX_CHARS:
            lines = (Line("unclear", self._too_long(speech)),)
        faults = find_leaks(join(lines), decision, self.case, state)
        if faults:
            decision = Decision((Part("unknown", why="; ".join(faults)),), decision.rapport)
            lines = speech.lines(decision)
        cues, challenges, extra = self._asides(understanding, decision, state, minutes)
        spoken = None
        if self.free is not None and len(text) <= MAX_CHARS and lines:
            mood = mood_of(understanding, decision, self.case, state)
            spoken = self.free.speak(lines, text, state, mood, history, hear)
        reply = Reply(
            " ".join(filter(None, [spoken.text if spoken else join(lines), *extra])),
            understanding,
            decision,
            cues,
            challenges,
            leaks=faults,
            spoken=spoken,
        )
        after = remember(reply, state, speech.phrases, text)
        ms = (time.perf_counter() - began) * 1000
        return replace(reply, ms=ms, read_ms=read_ms), after

    def _decide(self, text: str, state: State) -> tuple[Understanding, Decision]:
        if len(text) > MAX_CHARS:
            return _overwhelmed(state)
        understanding = self.understander.understand(text, self.case, state)
        return understanding, disclose(understanding, self.case, state)

    def _asides(
        self,
        understanding: Understanding,
        decision: Decision,
        state: State,
        minutes: float | None,
    ) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
        """The cue or challenge that is due, always in the author's words."""
        cues = self._due_cues(decision, state)
        elapsed = state.turns * MINUTES_A_TURN if minutes is None else minutes
        challenges = () if cues else self._due_challenges(understanding, state, elapsed)
        extra = [c.says for c in self.case.script.cues if c.id in cues]
        extra += [c.says for c in self.case.script.challenges if c.id in challenges]
        if find_leaks(" ".join(extra), decision, self.case, state):
            extra = []  # a cue or challenge must not tell what is locked either
        return cues, challenges, extra

    def _too_long(self, speech: Speech) -> str:
        return speech.pick("too_long", self.case.field.talk.voice.too_long)

    def _due_cues(self, decision: Decision, state: State) -> tuple[str, ...]:
        for cue in self.case.script.cues:
            if cue.id in state.cues_dropped:
                continue
            told = cue.with_fact in decision.told if cue.with_fact else state.turns >= 4
            if told:
                return (cue.id,)
        return ()

    def _due_challenges(
        self, understanding: Understanding, state: State, minutes: float
    ) -> tuple[str, ...]:
        ending = understanding.act == "closing"
        if understanding.act in ("out_of_role", "nonsense", "summary") or state.turns == 0:
            return ()
        invited = any(
            r.topic == "views.questions" or r.talk == "invite_questions"
            for r in understanding.readings
        )
        for challenge in self.case.script.challenges:
            when = challenge.when
            due = (
                invited
                or (when.on_end and ending)
                or (when.after_minutes is not None and minutes >= when.after_minutes)
                or (when.after_turns is not None and state.turns >= when.after_turns)
                or (when.after_fact is not None and when.after_fact in state.told)
            )
            if due and challenge.id not in state.challenges_put:
                return (challenge.id,)
        return ()


def _overwhelmed(state: State) -> tuple[Understanding, Decision]:
    decision = Decision((Part("unclear", why="too long"),), state.rapport)
    return Understanding("nonsense", ()), decision


def remember(reply: Reply, state: State, phrases: dict[str, int], said: str) -> State:
    """What the patient remembers after a reply to what was said."""
    decision = reply.decision
    told = dict(state.told)
    for fact in decision.told:
        told[fact] = told.get(fact, 0) + 1
    topics = tuple(
        r.topic
        for r in reply.understanding.readings
        if r.topic and r.kind not in ("talk", "summary")
    )
    return state.model_copy(
        update={
            "turns": state.turns + 1,
            "told": told,
            "rapport": decision.rapport if decision.parts else state.rapport,
            "opening_said": state.opening_said or any(p.kind == "opening" for p in decision.parts),
            "last_topics": topics or state.last_topics,
            "last_facts": decision.told if topics else state.last_facts,
            "said": said[-KEPT_CHARS:],
            "answered": reply.text[:KEPT_CHARS],
            "phrases": {**state.phrases, **phrases},
            "cues_dropped": (*state.cues_dropped, *reply.cues),
            "cue": next(iter(reply.cues), ""),
            "challenges_put": (*state.challenges_put, *reply.challenges),
        }
    )
