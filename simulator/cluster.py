"""Work spread over a Ray cluster, or over this computer by Ray; the only place that imports it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from simulator.batch import Score, Scored
from simulator.errors import SimulatorError
from simulator.settings import Settings

AT_A_TIME = 8  # talks that a worker is given together


class Spread:
    """What Ray keeps in each worker: it is made once, and given some talks at a time."""

    def __init__(self, make: Callable[[Settings], Score], settings: Settings) -> None:
        self.score = make(settings)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[str]]:
        """The reports of some talks, as JSON."""
        made = [self.score(str(one)) for one in batch["id"]]
        return {"made": [json.dumps(one) for one in made]}


def over_ray(
    make: Callable[[Settings], Score],
    settings: Settings,
    ids: Sequence[str],
    workers: int,
    address: str,
) -> Iterator[Scored]:
    """The reports of talks, made by so many workers of a cluster, as they come.

    Args:
        make: what scores a talk, made anew in each worker, which has this program and its settings'
            database and folders. settings, ids, workers: as it is. address: of the cluster, as Ray
            writes it; 'local' begins one of its own on this computer.

    Raises:
        SimulatorError: Ray is not installed.
    """
    try:
        import ray
        import ray.data
    except ImportError:
        raise SimulatorError(
            "Ray is not installed; run .venv/bin/pip install --no-deps -r requirements-ray.lock"
        ) from None
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.WARNING}
    if address == "local":
        own = {"num_cpus": workers, "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
        ray.init(address="local", **quiet, **own)
    else:
        ray.init(address=address, **quiet)
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        asked = ray.data.from_items([{"id": one} for one in ids])
        made = asked.map_batches(
            Spread,
            batch_size=AT_A_TIME,
            compute=ray.data.ActorPoolStrategy(size=workers),
            fn_constructor_args=(make, settings),
        )
        for row in made.iter_rows():
            encounter_id, report, why = json.loads(row["made"])
            yield encounter_id, report, why
    finally:
        ray.shutdown()
