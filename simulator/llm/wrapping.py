"""What servers put around an answer: thoughts before it, marks of its end, typographic spaces."""

from __future__ import annotations

import re

OPEN = re.compile(r"<(?:think|thinking|thought|thoughts|reasoning)>", re.I)
CLOSE = re.compile(r"</(?:think|thinking|thought|thoughts|reasoning)>", re.I)
LEADING = ("<think>", "<thinking>", "<thought>", "<thoughts>", "<reasoning>")
# A template that opens the thoughts itself leaves only their end in the answer.
TAGS = (*LEADING, *(f"</{tag[1:]}" for tag in LEADING))
# The marks by which the common chat templates end an answer; what follows is another's turn.
ENDS = (
    "<|im_end|>",
    "<|im_start|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<|endoftext|>",
    "<|end|>",
    "<end_of_turn>",
    "<eos>",
    "</s>",
)
PLAIN = {
    **dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u2010\u2011\ufe63\uff0d"), "-"),
    **dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"), None),
}
LONGEST = max(map(len, TAGS))


class Unwrapper:
    """Takes an answer out of its wrapping, piece by piece."""

    def __init__(self) -> None:
        self.thinking = False
        self.ended = False  # a mark of the end was met; nothing more belongs to the answer
        self._begun = False
        self._held = ""

    def hear(self, piece: str) -> str:
        """What of the answer is certain with this piece; the rest is held."""
        if self.ended:
            return ""
        self._held += piece.translate(PLAIN)
        return self._said() if self._begun or self._has_begun() else ""

    def end(self) -> str:
        """What was held, once nothing more comes: it was no wrapping after all."""
        rest = "" if self.thinking or self.ended else self._held
        self._held = ""
        return rest

    def _has_begun(self) -> bool:
        """Leave out thoughts; tell whether the answer itself has begun."""
        while True:
            if self.thinking:
                close = CLOSE.search(self._held)
                if close is None:
                    self._held = self._held[-LONGEST:]
                    return False
                self.thinking, self._held = False, self._held[close.end() :]
            lead = self._held.lstrip()
            if tag := OPEN.match(lead) or CLOSE.match(lead):
                self.thinking, self._held = OPEN.match(lead) is not None, lead[tag.end() :]
            elif any(tag.startswith(lead.lower()) for tag in TAGS):
                return False  # nothing yet, or half a tag
            else:
                self._begun = True
                return True

    def _said(self) -> str:
        """All that is held, up to a mark of the end or the beginning of one."""
        places = [at for end in ENDS if (at := self._held.find(end)) >= 0]
        if places:
            said, self._held, self.ended = self._held[: min(places)].rstrip(), "", True
            return said
        half = max(
            (n for end in ENDS for n in range(1, len(end)) if self._held.endswith(end[:n])),
            default=0,
        )
        at = len(self._held) - half
        said, self._held = self._held[:at], self._held[at:]
        return said


def unwrapped(text: str) -> str:
    """A whole answer out of its wrapping; where thoughts end without a beginning, what follows."""
    *_, text = CLOSE.split(text)
    unwrapper = Unwrapper()
    return (unwrapper.hear(text) + unwrapper.end()).strip()
