"""What people say of the program itself: kept apart from marks, under a code that is no name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

Occasion = Literal["practice", "authoring"]  # after an encounter, after a case was written
Form = Literal["sus", "acceptance"]
Level = Annotated[int, Field(ge=1, le=5)]


class Opinion(BaseModel):
    """A form that somebody filled in; not who it was, and of the time the month alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    occasion: Occasion
    form: Form
    wording: str  # which edition of the statements was answered
    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    answers: dict[str, Level]  # by statement


@dataclass(frozen=True, slots=True)
class Asked:
    """How somebody stands with these forms: when they were asked, when they answered, or never."""

    offered_at: datetime | None = None
    answered_at: datetime | None = None
    declined: bool = False


class OpinionStore(Protocol):
    """Where opinions are kept."""

    def asked(self, person: str) -> Asked:
        """How somebody stands with these forms."""

    def put_asked(self, person: str, asked: Asked) -> None:
        """Store that they were asked, or want never to be asked."""

    def add_opinions(
        self, person: str, programme: str, opinions: Sequence[Opinion], at: datetime
    ) -> None:
        """Store what somebody said, all or nothing, and that they answered."""

    def opinions(self, programme: str | None) -> list[Opinion]:
        """What was said in a programme, in the order in which it came; None for every one."""

    def opinions_of(self, person: str) -> list[Opinion]:
        """What one person said, oldest first."""

    def erase_opinions(self, person: str) -> int:
        """Delete what one person said; how many forms it was."""
