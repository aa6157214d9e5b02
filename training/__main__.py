"""python -m training reader|decision mpnet|minilm: train one part, from the root folder.

`reader` first: it writes knowledge/models/reader-<name>.safetensors. It can be stopped and goes on
where it was (var/training). Then `decision`, which writes decision-<name>.safetensors.
"""

from __future__ import annotations

import sys

import yaml

from simulator.knowledge.adapter import adapter_file
from simulator.knowledge.weights import SMALL, STRONG, weights_of
from simulator.patient.understanding.reader import Reader
from simulator.services import Services
from simulator.settings import ROOT, Settings, read_settings
from training import decision, reader
from training.material import load_material
from training.network import Network

BASES = {b.name: b for b in (SMALL, STRONG)}


def main(arguments: list[str]) -> None:
    """Train the part that is named."""
    if (
        len(arguments) != 2
        or arguments[0] not in ("reader", "decision")
        or arguments[1] not in BASES
    ):
        raise SystemExit(__doc__)
    part, name = arguments
    settings = read_settings()
    if part == "reader":
        _train_reader(name, settings)
    else:
        _fit_decision(name, settings)


def _train_reader(name: str, settings: Settings) -> None:
    room = settings.data_dir / "training"
    room.mkdir(parents=True, exist_ok=True)
    acts = yaml.safe_load((ROOT / "training" / "labels" / "acts.yaml").read_text(encoding="utf-8"))
    with weights_of(BASES[name], room) as folder:
        network = Network(folder, [*acts, reader.CLOSED])
    material = load_material(reader.SEED)
    print(f"{len(material.cases)} cases, {len(material.interviews)} interviews", flush=True)
    target = adapter_file(f"reader-{name}")
    reader.train(name, network, material, room / f"{name}.pt", target)


def _fit_decision(name: str, settings: Settings) -> None:
    chosen = "strong" if name == STRONG.name else "small"
    services = Services(settings.model_copy(update={"reader": chosen}))
    material = load_material(decision.SEED)
    cases = [*material.held(material.cases, True), *material.held(material.own, True)]
    reads = Reader(services.encoder)
    rows = decision.rows_of(cases, reads, services.field)
    rows += decision.released_rows(services, reads, material)
    decision.fit(rows, adapter_file(f"decision-{name}"))


if __name__ == "__main__":
    main(sys.argv[1:])
