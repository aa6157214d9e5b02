"""A good answer is heard whatever its server wraps it in."""

from __future__ import annotations

import pytest

from simulator.llm.wrapping import ENDS, Unwrapper, unwrapped

WRAPPED = {
    "nothing": ("It hurts here.", "It hurts here."),
    "empty thoughts": ("<think>\n\n</think>\n\nIt hurts here.", "It hurts here."),
    "thoughts": ("<think>He asks where. I say here.</think>It hurts here.", "It hurts here."),
    "thoughts by another name": ("<thought>Hm.</thought> It hurts here.", "It hurts here."),
    "thoughts twice": ("<think>a</think><think>b</think>It hurts here.", "It hurts here."),
    "the end of thoughts alone": ("\n</think>\n\nIt hurts here.", "It hurts here."),
    "a mark of the end": ("It hurts here.<|im_end|>", "It hurts here."),
    "another mark of the end": ("It hurts here. </s>", "It hurts here."),
    "the other side played too": (
        "It hurts here.<|im_end|>\n<|im_start|>user\nSince when?",
        "It hurts here.",
    ),
    "typographic spaces and hyphens": (
        "It\u00a0hurts, 7\u202fout of 10, on\u2011off.",
        "It hurts, 7 out of 10, on-off.",
    ),
    "signs of no width": ("\ufeffIt hu\u00adrts\u200b here.", "It hurts here."),
    "a lesser sign": ("It is < 3 days", "It is < 3 days"),
    "half a mark at the end": ("It hurts <|im", "It hurts <|im"),
    "a tag within": ("I think <think> is no word.", "I think <think> is no word."),
    "thoughts without an end": ("<think>He asks where", ""),
}


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("wrapping", WRAPPED)
def test_an_answer_is_taken_out_of_its_wrapping_however_it_is_cut_into_pieces(
    wrapping: str, size: int
) -> None:
    sent, meant = WRAPPED[wrapping]
    unwrapper = Unwrapper()
    heard = "".join(unwrapper.hear(sent[at : at + size]) for at in range(0, len(sent), size))
    assert (heard + unwrapper.end()).strip() == meant


@pytest.mark.parametrize("wrapping", WRAPPED)
def test_a_whole_answer_is_read_alike(wrapping: str) -> None:
    sent, meant = WRAPPED[wrapping]
    assert unwrapped(sent) == meant


def test_of_a_whole_answer_thoughts_without_a_beginning_are_known_by_their_end() -> None:
    assert unwrapped('He asked that. So met.</think>\n{"verdict": "met"}') == '{"verdict": "met"}'


def test_what_cannot_be_wrapping_is_passed_on_at_once() -> None:
    unwrapper = Unwrapper()
    assert [unwrapper.hear(p) for p in ("It", " hurts", " <", "b")] == ["It", " hurts", " ", "<b"]
    assert not unwrapper.thinking


@pytest.mark.parametrize("end", ENDS)
def test_after_a_mark_of_the_end_nothing_is_heard(end: str) -> None:
    unwrapper = Unwrapper()
    assert unwrapper.hear(f"Here.{end}More.") == "Here."
    assert unwrapper.ended
    assert unwrapper.hear("More.") + unwrapper.end() == ""
