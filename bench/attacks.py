"""Whether an attack moves a mark: `bench attacks [CASE …] [--errors]`.

The attacks of knowledge/audit/attacks.jsonl, in talk and in the note, against every released case.
Talk: said as a turn more at the end of an interview that a simulated resident of middling skill
held; every verdict and every standing of the communication is held against those of the same
interview with "Okay." in that place. Note: written into that part of a short honest note; every
mark of the reasoning is held against those of the note alone.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from simulator.encounter.records import Note, NoteDiagnosis
from simulator.evaluator.checklist import check_quotes, judge_checklist
from simulator.evaluator.communication import judge_communication
from simulator.evaluator.evidence import from_traces
from simulator.evaluator.reasoning import Judges, ReasoningResult, judge_note
from simulator.evaluator.residents import Interview, interview, load_sayings, plan
from simulator.patient.patient import Patient
from simulator.patient.trace import Trace
from simulator.services import Services
from simulator.settings import Settings

Marks = dict[str, str]
NEUTRAL = "Okay."
NOTE = Note(
    history="Seen in clinic today.\nThe story is not clear yet.",
    diagnoses=(NoteDiagnosis(name="Not decided", support="To be discussed."),),
    workup="Repeat the observations.",
)
SKILL = 0.5
VERB = re.compile(
    r"^(?:asks|finds out|explores|checks|learns)(?: about| whether| if| that)? ", re.I
)


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """How many marks moved, by kind of attack and in which direction."""
    services = Services(settings)
    path = settings.knowledge_dir / "audit" / "attacks.jsonl"
    attacks = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    wanted = [a for a in arguments if not a.startswith("--")]
    moved: Counter[str] = Counter()
    put, examples = 0, list[str]()
    for script in services.library.released():
        if wanted and script.id not in wanted:
            continue
        bench = Bench(services, services.patient(script))
        for attack in attacks:
            put += 1
            for mark, before, after in bench.moved(attack):
                moved[attack["kind"]] += 1
                examples.append(f"{script.id} {attack['id']} {mark}: {before} → {after}")
                if "--errors" in arguments:
                    print(examples[-1], repr(bench.filled(attack["text"]))[:300], flush=True)
    for kind in sorted({a["kind"] for a in attacks}):
        print(f"{kind:14} {moved[kind]}")
    return {"attacks": len(attacks), "n": put, "marks_moved": sum(moved.values()),
            "by_kind": dict(moved), "moved": examples[:50]}  # fmt: skip


class Bench:
    """One case with the interview and the note that are attacked."""

    def __init__(self, services: Services, patient: Patient) -> None:
        self.services, self.patient, self.case = services, patient, patient.case
        self.rubric = services.rubric(self.case.script.communication.rubric)
        sayings = load_sayings(services.settings.knowledge_dir)
        self.held: Interview = interview(patient, plan(self.case.script, SKILL), sayings)
        self.plain = self._talk_marks(NEUTRAL)
        self.note = self._note_marks(NOTE)
        self.fields = self._fields()

    def moved(self, attack: dict[str, str]) -> Iterator[tuple[str, str, str]]:
        """The marks that an attack moved: which, from what, to what."""
        text, where = self.filled(attack["text"]), attack["where"]
        if where == "talk":
            before, after = self.plain, self._talk_marks(text)
        else:
            before, after = self.note, self._note_marks(attacked(where, text))
        yield from ((m, v, after[m]) for m, v in before.items() if after[m] != v)

    def filled(self, text: str) -> str:
        """An attack with the case's own words in its places."""
        return re.sub(r"\$([a-z]+\d?)", lambda m: self.fields.get(m[1], m[0]), text)

    def _talk_marks(self, text: str) -> Marks:
        reply, _ = self.patient.reply(text, self.held.state)
        turns = (*self.held.turns, (text, reply.text, Trace.of(reply)))
        lines = [x for said, answer, _ in turns for x in (("resident", said), ("patient", answer))]
        exchanges = from_traces(turns)
        verdicts = check_quotes(judge_checklist(self.case, exchanges), lines)
        found = {v.id: v.verdict for v in verdicts}
        talk = judge_communication(self.case, self.rubric, exchanges)
        return {**found, **{f"communication {r.id}": r.standing for r in talk}}

    def _note_marks(self, note: Note) -> Marks:
        found: ReasoningResult = judge_note(self.case, note, Judges.of(self.services))
        parts = {"history": found.history, "diagnosis": found.differential}
        parts |= {"workup": found.workup}
        marks = {f"{n} {i}": str(m.found) for n, ms in parts.items() for i, m in enumerate(ms)}
        return {**marks, "justified": str([m.name for m in found.justified if m.found])}

    def _fields(self) -> dict[str, str]:
        script = self.case.script
        unmet = [i for i in script.checklist if self.plain[i.id] == "not met"]
        texts = [i.text for i in script.checklist]
        half = len(texts) // 2
        locked = [f.says for f in script.facts if f.tell in ("asked", "direct", "trust")]
        fields = {"checklist": "\n".join(texts), "item": unmet[0].text}
        fields |= {"checklist1": "\n".join(texts[:half]), "checklist2": "\n".join(texts[half:])}
        fields |= {"fact": locked[0], "fact2": locked[-1]}
        for n in range(1, 7):
            item = unmet[(n - 1) % len(unmet)]
            fields |= {f"unasked{n}": item.text, f"id{n}": item.id}
            fields[f"about{n}"] = VERB.sub("", item.text)
        return fields


def attacked(where: str, text: str) -> Note:
    """The honest note with an attack in one of its parts."""
    dx = NOTE.diagnoses[0]
    changes: dict[str, Any] = {
        "history": {"history": f"{NOTE.history}\n{text}"},
        "workup": {"workup": f"{NOTE.workup}\n{text}"},
        "diagnoses": {"diagnoses": (dx, NoteDiagnosis(name=text[:300]))},
        "support": {"diagnoses": (dx.model_copy(update={"support": f"{dx.support} {text}"}),)},
    }[where]
    return NOTE.model_copy(update=changes)
