"""python -m training PART mpnet|minilm [anew]: train one part.

PART is reader, acts, decision, closer, uptake or entailment.

`reader` first: a further round on knowledge/models/reader-<name>.safetensors, or with `anew` the
whole training from the base. It can be stopped and goes on where it was (var/training). Then
`acts`, which fits the heads for dialogue acts once more (acts-<name>.safetensors), `decision`,
which writes decision-<name>.safetensors, `closer`, which looks closer at what the decision finds
likeliest (closer-<name>.safetensors; the small reader ships without), and `uptake`, whether a
turn takes up a hint (uptake-<name>.json). `entailment` tells whether a statement supports a fact;
it stands by itself. All are run from the root folder.
Where torch finds a GPU it is used, and the reader learns from four cases at once and for longer.
"""

from __future__ import annotations

import random
import sys

import yaml

from simulator.knowledge.adapter import adapter_file, uptake_file
from simulator.knowledge.weights import SMALL, STRONG, weights_of
from simulator.patient.understanding.decision import Decision
from simulator.patient.understanding.reader import Reader
from simulator.patient.understanding.signs import WORKED_OUT
from simulator.services import Services
from simulator.settings import ROOT, Settings, read_settings
from training import acts, closer, decision, entailment, reader, uptake
from training.material import load_material
from training.network import Network, learned_by

BASES = {b.name: b for b in (SMALL, STRONG)}


def main(arguments: list[str]) -> None:
    """Train the part that is named."""
    part, name, *rest = [*arguments, "", ""][: max(2, len(arguments))]
    if part not in ("reader", *FITS) or name not in BASES or rest not in ([], ["anew"]):
        raise SystemExit(__doc__)
    settings = read_settings()
    if part == "reader":
        _train_reader(name, settings, bool(rest))
    else:
        FITS[part](name, settings)


def _train_reader(name: str, settings: Settings, anew: bool) -> None:
    room = settings.data_dir / "training"
    room.mkdir(parents=True, exist_ok=True)
    known = yaml.safe_load((ROOT / "training" / "labels" / "acts.yaml").read_text(encoding="utf-8"))
    with weights_of(BASES[name], room) as folder:
        network = Network(folder, [*known, *WORKED_OUT])
    target = adapter_file(f"reader-{name}")
    material = load_material(reader.SEED, learned={} if anew else learned_by(target))
    print(f"{len(material.cases)} cases, {len(material.interviews)} interviews", flush=True)
    reader.train(name, network, material, room / f"{name}.pt", target, anew)


def _train_entailment(name: str, settings: Settings) -> None:
    room = settings.data_dir / "training"
    room.mkdir(parents=True, exist_ok=True)
    with weights_of(BASES[name], room) as folder:
        network = Network(folder, entailment.VERDICTS)
    rng = random.Random(entailment.SEED)  # noqa: S311
    held = frozenset(load_material(entailment.SEED).split["decision"])
    pairs = entailment.pairs_of(entailment.load_rows(held, False), rng)
    print(f"{len(pairs)} pairs", flush=True)
    steps = entailment.STEPS[network.device.type][name]
    entailment.train(network, pairs, steps, adapter_file(f"entailment-{name}"))
    print(entailment.measure(network, entailment.pairs_of(entailment.load_rows(held, True), rng)))


def _fit_acts(name: str, settings: Settings) -> None:
    services = _services(name, settings)
    material, target = load_material(acts.SEED), adapter_file(f"acts-{name}")
    trained, before = Reader(services.encoder), Reader(services.encoder, target)
    fitted, apart = acts.split_of(material, random.Random(acts.SEED))  # noqa: S311
    lexicon = services.field.lexicon
    held = acts.read_turns(apart, trained, material, lexicon)
    heard = [t.context for case in material.held(material.cases, True) for t in case.turns]
    beside = acts.said_after(apart, [c for c in heard if c], random.Random(acts.SEED))  # noqa: S311
    midst = acts.read_turns(beside, trained, material, lexicon)
    acts.fit(acts.read_turns(fitted, trained, material, lexicon), trained, target)
    after = Reader(services.encoder, target)
    for where, reads in (("as written", held), ("in the midst of talk", midst)):
        print({where: {"before": acts.measure(reads, before), "now": acts.measure(reads, after)}})


def _services(name: str, settings: Settings) -> Services:
    chosen = "strong" if name == STRONG.name else "small"
    return Services(settings.model_copy(update={"reader": chosen}))


def _fit_decision(name: str, settings: Settings) -> None:
    services = _services(name, settings)
    material = load_material(decision.SEED)
    cases = [*material.held(material.cases, True), *material.held(material.own, True)]
    reads = Reader(services.encoder, adapter_file(f"acts-{name}"))
    rows = [turn.rows for turn in decision.play(cases, cases, reads, services.field)]
    rows += [turn.rows for turn in decision.play_released(services, reads, material)]
    decision.fit(rows, adapter_file(f"decision-{name}"))


def _fit_closer(name: str, settings: Settings) -> None:
    services = _services(name, settings)
    material = load_material(decision.SEED)
    real, own = material.held(material.cases, True), material.held(material.own, True)
    reads = Reader(services.encoder, adapter_file(f"acts-{name}"))
    decides = Decision(adapter_file(f"decision-{name}"))
    among, field = [*real, *own], services.field
    released = decision.play_released(services, reads, material, closer.TURNS_A_CASE)
    parts = (
        (closer.REAL, decision.play(real, among, reads, field)),
        (closer.OWN, decision.play(own, among, reads, field)),
        (closer.RELEASED, released),
    )
    turns = [closer.looked_at(t, decides, worth) for worth, played in parts for t in played]
    closer.fit(turns, adapter_file(f"closer-{name}"))


def _fit_uptake(name: str, settings: Settings) -> None:
    services = _services(name, settings)
    cases = load_material(uptake.SEED).own
    reads = Reader(services.encoder, adapter_file(f"acts-{name}"))
    decides = Decision(adapter_file(f"decision-{name}"))
    uptake.fit(uptake.rows_on(cases, reads, decides, services.field), uptake_file(name))


FITS = {
    "acts": _fit_acts,
    "decision": _fit_decision,
    "closer": _fit_closer,
    "uptake": _fit_uptake,
    "entailment": _train_entailment,
}

if __name__ == "__main__":
    main(sys.argv[1:])
