"""python -m simulator.training encoder|confidence: train one part, from the root folder.

In this order. The adapter and confidence.yaml in knowledge/models are what these commands write.
"""

from __future__ import annotations

import sys

from simulator.knowledge.adapter import ENCODER_FILE
from simulator.settings import ROOT, Settings, read_settings
from simulator.training import confidence, encoder
from simulator.training.pairs import Material, load_material


def main(arguments: list[str]) -> None:
    """Train the part that is named."""
    settings = read_settings()
    if arguments == ["encoder"]:
        encoder.train(_material(settings), ENCODER_FILE)
    elif arguments == ["confidence"]:
        _fit_confidence(settings)
    else:
        raise SystemExit(__doc__)


def _material(settings: Settings) -> Material:
    material = load_material(
        settings.knowledge_dir,
        ROOT.parent / "shared" / "data" / "interviews.jsonl",
        ROOT / "bench" / "labels" / "split.json",
    )
    print(f"{len(material.asked)} real clauses, {len(material.interviews)} interviews", flush=True)
    return material


def _fit_confidence(settings: Settings) -> None:
    from bench.methods import ours
    from bench.turns import load_labels
    from bench.understanding import judge
    from simulator.services import Services

    judged = judge(load_labels("tune"), Services(settings), ours)
    model = confidence.fit([(j.answer.readings, j.right) for j in judged])
    confidence.write(model, settings.knowledge_dir / "models" / "confidence.yaml")
    print(model)


if __name__ == "__main__":
    main(sys.argv[1:])
