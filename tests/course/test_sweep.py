"""One item in one talk after the other: the order, what waits, and where to go on."""

from __future__ import annotations

from dataclasses import replace

from simulator.course.sweep import Stop, following, open_to, sweep
from simulator.course.talks import Talk
from simulator.encounter.records import Ruling
from simulator.evaluator.doubles import ASKED, DONE, DOUBLE, apart
from simulator.evaluator.rulings import item_mark
from tests.course.making import START, talk_of

TALKS = tuple(replace(talk_of(f"r{n}", "mn"), id=f"t{n:02}") for n in range(20))


def said(by: str, mark: str = "checklist:b", verdict: str = "met") -> Ruling:
    return Ruling(mark, verdict, "", 1, by, START)


def ruled_in(talk: Talk, *rulings: Ruling) -> Talk:
    return replace(talk, rulings=rulings)


def stops(talks: tuple[Talk, ...], item: str = "b", by: str = "ana") -> tuple[Stop, ...]:
    return sweep(open_to(talks, by), item, by)


def ids(talks: tuple[Talk, ...], item: str = "b", by: str = "ana") -> list[str]:
    return [s.id for s in stops(talks, item, by)]


def test_the_order_is_the_same_on_another_day_and_follows_neither_names_nor_dates() -> None:
    assert ids(TALKS) == ids(tuple(reversed(TALKS)))
    assert sorted(ids(TALKS)) == [t.id for t in TALKS]
    assert ids(TALKS) not in ([t.id for t in TALKS], [t.id for t in reversed(TALKS)])


def test_each_teacher_and_each_item_has_an_order_of_its_own() -> None:
    assert len({tuple(ids(TALKS, i, by)) for i in ("a", "b") for by in ("ana", "ben")}) == 4


def test_a_new_talk_leaves_the_others_where_they_were() -> None:
    assert [i for i in ids(TALKS) if i != "t07"] == ids(tuple(t for t in TALKS if t.id != "t07"))


def test_a_talk_without_the_item_is_not_on_the_way() -> None:
    assert ids((*TALKS, replace(talk_of("r", "m"), id="short"))) == ids(TALKS)


def test_one_goes_on_behind_where_one_is_and_comes_back_to_what_was_passed_over() -> None:
    order = ids(TALKS)
    assert getattr(following(stops(TALKS)), "id", "") == order[0]
    done = tuple(ruled_in(t, said("ben")) if t.id != order[2] else t for t in TALKS)
    for after in (order[1], order[2], order[9], ""):
        assert getattr(following(stops(done), after), "id", "") == order[2]
    assert following(stops(tuple(ruled_in(t, said("ben")) for t in TALKS))) is None


def test_what_was_decided_on_another_item_does_not_count_and_the_newest_own_word_does() -> None:
    (stop,) = stops((ruled_in(TALKS[0], said("ana", item_mark("a"))),))
    assert (stop.done, stop.machine) == (False, "not met")
    words = said("ana"), said("ana", verdict="partly"), said("ben", verdict="not met")
    (stop,) = stops((ruled_in(TALKS[0], *words),))
    assert getattr(stop.own("ana"), "verdict", "") == "partly"


def test_of_two_who_mark_a_talk_apart_each_knows_the_own_and_others_pass_it_by() -> None:
    both = (said("lead", DOUBLE, ASKED), apart(said("ana")), apart(said("ben", verdict="partly")))
    talk = ruled_in(TALKS[0], *both)
    (stop,) = stops((talk,))
    assert [(r.by, r.verdict) for r in stop.rulings] == [("ana", "met")]
    assert stops((talk,), by="cleo") == ()
    assert stops((ruled_in(TALKS[0], *both, said("ana", DOUBLE, DONE)),)) == ()
    over = ruled_in(TALKS[0], *both, said("ana", DOUBLE, DONE), said("ben", DOUBLE, DONE))
    (stop,) = stops((over,), by="cleo")
    assert not stop.done, "nothing counts until somebody has chosen"
