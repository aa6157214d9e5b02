"""The talk around the questions: dialogue acts, how patients react to them, set phrases."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from simulator.knowledge.topics import read_model


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Acts(_Part):
    """The dialogue acts and what they are to a turn; see knowledge/talk/en/acts.yaml."""

    asking: frozenset[str]
    out_of_role: frozenset[str]
    order: tuple[str, ...]
    with_answer: frozenset[str]
    kind: frozenset[str]
    shown: dict[str, str]


class Reaction(_Part):
    """What an act does to the patient's trust, and what each personality says to it."""

    rapport: float = 0.0
    lines: dict[str, tuple[str, ...]]


class Reactions(_Part):
    """The reaction to each act, by its id."""

    acts: dict[str, Reaction]


class InformantVoice(_Part):
    """Set phrases of somebody who speaks about the patient."""

    denial: tuple[str, ...]
    past: tuple[str, ...]  # of what is no symptom: an illness, an operation, a habit
    identity: dict[str, str]
    reactions: dict[str, tuple[str, ...]]


class Voice(_Part):
    """The scripted patient's set phrases, by use."""

    repeat: tuple[str, ...]
    unknown: tuple[str, ...]
    unclear: tuple[str, ...]
    too_long: tuple[str, ...]
    withheld: tuple[str, ...]
    nothing_more: tuple[str, ...]
    plain_no: tuple[str, ...]
    no_to_all: tuple[str, ...]
    no_more: tuple[str, ...]  # after what was told: to all else that was asked
    confirm: tuple[str, ...]
    correct: tuple[str, ...]
    already_known: tuple[str, ...]
    identity: dict[str, str]
    informant: InformantVoice


class Talk(_Part):
    """All of it, in one language."""

    acts: Acts
    reactions: Reactions
    voice: Voice

    def rapport(self, act: str) -> float:
        """What an act adds to or takes from the patient's trust."""
        reaction = self.reactions.acts.get(act)
        return reaction.rapport if reaction else 0.0


def load_talk(folder: Path, language: str = "en") -> Talk:
    """The talk of `folder`/talk/<language>.

    Raises:
        KnowledgeError: a file is missing or malformed.
    """
    place = folder / "talk" / language
    return Talk(
        acts=read_model(place / "acts.yaml", Acts),
        reactions=read_model(place / "reactions.yaml", Reactions),
        voice=read_model(place / "voice.yaml", Voice),
    )
