"""Marked talks are put to the model that would judge: what kinds of items is it good enough for?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

import simulator
from simulator.errors import MarksError, ModelUnavailable
from simulator.evaluator.certificate import BOUND, Certificate, tally
from simulator.evaluator.checklist import WORTH, Kind, check_quotes, judge_checklist, kind_of
from simulator.evaluator.evidence import from_transcript
from simulator.evaluator.judge import Talk, in_doubt
from simulator.evaluator.judging import LLMJudge
from simulator.evaluator.transcript import named_script, read_transcript
from simulator.scripts.schema import ChecklistItem, PatientScript
from simulator.services import Services

TUNED = "tune"  # the part of the marked talks by which the prompt was written
FOR_JUDGES = "validate"
Find = Callable[[str], PatientScript]
Tell = Callable[[str], None]


class GoldRow(BaseModel):
    """How a talk was marked: for every item the verdict first, then whatever proves it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str
    part: str = FOR_JUDGES
    items: dict[str, tuple[Any, ...]]
    text: str = ""  # what the file holds


@dataclass(frozen=True, slots=True)
class Gold:
    """Marked talks, and a digest of their marks and words."""

    rows: tuple[GoldRow, ...]
    digest: str


@dataclass(slots=True)
class _Count:
    """What has come out so far."""

    marks: list[tuple[Kind, bool, bool]] = field(default_factory=list)
    doubted: list[tuple[bool, bool]] = field(default_factory=list)  # right: the model, the rules
    tokens: int = 0
    each: int = 0
    talks: int = 0


def read_gold(folder: Path, parts: Sequence[str]) -> Gold:
    """The marked talks of a folder: marks.jsonl and the transcripts that it names.

    Args:
        folder: where they lie. parts: which of them; never the one that the prompt was written by.

    Raises:
        MarksError: there are none, or they cannot be read.
    """
    if TUNED in parts:
        raise MarksError(
            f"The part {TUNED!r} is the one that the judge's prompt was written by; certify it by "
            f"another, such as {FOR_JUDGES!r}"
        )
    file, rows, digest = folder / "marks.jsonl", [], sha256()
    try:
        for line in filter(str.strip, file.read_text(encoding="utf-8").splitlines()):
            row = GoldRow.model_validate(json.loads(line))
            if row.part in parts:
                text = (folder / row.file).read_text(encoding="utf-8")
                digest.update(line.encode() + text.encode())
                rows.append(row.model_copy(update={"text": text}))
    except (OSError, ValueError) as error:  # what does not validate is a ValueError too
        raise MarksError(f"{file}: cannot be read as marked talks ({error!s:.200})") from None
    if not rows:
        raise MarksError(f"{file} has no talks of the part {' or '.join(parts)}")
    # In no order of case or skill, so that the first few are a fair sample.
    rows.sort(key=lambda r: sha256(r.file.encode()).digest())
    return Gold(tuple(rows), digest.hexdigest()[:12])


def certify(
    gold: Gold,
    services: Services,
    judge: LLMJudge,
    find: Find,
    made_at: datetime,
    most: int | None = None,
    tell: Tell = lambda _: None,
) -> Certificate:
    """Put marked items to a judge, all of a talk at once, and count how often it is right.

    An item that it does not settle counts as wrong. Items of cases by another rubric than the
    judge's are passed over.

    Args:
        gold: the marked talks. find: the case of an id. most: so many items at most.
        tell: told of each talk when it is done.

    Raises:
        ModelUnavailable: it could not be asked, or not to the end; nothing is certified.
        MarksError: a talk cannot be read.
    """
    count = _Count()
    for row in gold.rows:
        left = None if most is None else most - len(count.marks)
        if left is not None and left <= 0:
            break
        script = find(_case(row))
        if script.communication.rubric != judge.basis.rubric.split()[0]:
            continue
        turns = read_transcript(row.text, row.file, services.settings.knowledge_dir).turns
        talk = Talk(services.case(script), from_transcript(services.patient(script), turns), turns)
        _mark(talk, row, left, judge, count)
        tell(f"{row.file}: {sum(r for *_, r in count.marks)} of {len(count.marks)} items right")
    return Certificate(
        basis=judge.basis,
        gold=gold.digest,
        parts=tuple(dict.fromkeys(r.part for r in gold.rows)),
        transcripts=count.talks,
        made_at=made_at.isoformat(timespec="seconds"),
        code_version=simulator.__version__,
        kinds=tally(count.marks),
        doubted=len(count.doubted),
        doubted_right=sum(model for model, _ in count.doubted),
        doubted_right_by_rules=sum(rules for _, rules in count.doubted),
        tokens=count.tokens,
        tokens_one_by_one=count.each,
    )


def _mark(talk: Talk, row: GoldRow, left: int | None, judge: LLMJudge, count: _Count) -> None:
    items = [i for i in talk.case.script.checklist if _known(i, row) in WORTH][:left]
    words, use = judge.ask(talk, items)
    if use.away:
        raise ModelUnavailable(
            f"The judge {use.model!r} could not be asked to the end ({use.away}), so nothing was "
            "certified; 'doctor' tries it, then certify again",
            reason="refused",
        )
    rules = check_quotes(judge_checklist(talk.case, talk.exchanges), talk.lines)
    by_rules = {v.id: v for v in rules}
    for item in items:
        done, word, rule = WORTH[_known(item, row)] > 0, words[item.id], by_rules[item.id]
        right = word.verdict == ("met" if done else "not met")
        count.marks.append((kind_of(item), done, right))
        if in_doubt(rule):
            count.doubted.append((right, (WORTH.get(rule.verdict, 0.0) > 0) == done))
    count.talks += 1
    count.tokens += use.tokens_in + use.tokens_out
    count.each += use.tokens_each_put


def _case(row: GoldRow) -> str:
    if name := named_script(row.text):
        return name
    raise MarksError(f"{row.file} does not say whose talk it is; give its JSON a 'script'")


def _known(item: ChecklistItem, row: GoldRow) -> str:
    mark = row.items.get(item.id)
    return str(mark[0]) if mark else ""


def certificate_rows(found: Certificate) -> Iterator[str]:
    """A certificate for people to read."""
    basis = found.basis
    yield (
        f"{basis.model}, prompt {basis.prompt}, rubric {basis.rubric}, asked {basis.samples} "
        f"time(s); {found.transcripts} talks of {', '.join(found.parts)} (gold {found.gold})"
    )
    yield f"{'kind':14}{'done, proved':>14}{'low':>7}{'not done, said':>18}{'low':>7}"
    for kind, t in found.kinds.items():
        rates = (t.true_positive_rate, t.true_negative_rate)
        low = [f"{rate.low:.2f}" if rate else "–" for rate in rates]
        counts = (f"{t.right_positive}/{t.positive}", f"{t.right_negative}/{t.negative}")
        word = "certified" if t.holds else "not certified, left to the rules"
        yield f"{kind:14}{counts[0]:>14}{low[0]:>7}{counts[1]:>18}{low[1]:>7}  {word}"
    yield f"low: the 95 % lower bound (Wilson); both have to reach {BOUND:.2f}"
    if found.doubted:
        yield (
            f"of {found.doubted} items that the rules doubt it was right on {found.doubted_right}, "
            f"the rules on {found.doubted_right_by_rules}"
        )
    if found.tokens_one_by_one:
        share = found.tokens / found.tokens_one_by_one
        yield (
            f"{found.tokens} tokens; a call for each item would have used "
            f"{found.tokens_one_by_one}: {share:.3f} of them, 1/{1 / share:.0f}"
            if share
            else "no tokens were used"
        )
