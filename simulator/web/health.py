"""What a machine may ask: is the program well, and is it ready to be used?"""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from simulator.encounter.encounter import Encounters
from simulator.errors import SimulatorError

logger = logging.getLogger(__name__)


def router(encounters: Encounters) -> APIRouter:
    """/healthz, whether what is stored can be reached, and /readyz, whether a turn would work."""
    routes, store, needed = APIRouter(), encounters.store, _needed(encounters)

    @routes.get("/healthz")
    def health() -> JSONResponse:
        return _answer({"store": store.check_readable})

    @routes.get("/readyz")
    def ready() -> JSONResponse:
        return _answer(needed)

    return routes


def readiness(encounters: Encounters) -> Callable[[], dict[str, float]]:
    """What tells of each part that a turn needs whether it is well, 1, or not, 0."""
    needed = _needed(encounters)
    return lambda: {name: float(_well(name, check)) for name, check in needed.items()}


def _needed(encounters: Encounters) -> dict[str, Callable[[], None]]:
    services, store = encounters.services, encounters.store

    def reader() -> None:
        if not services.loaded:
            raise SimulatorError("the reader is still being loaded")

    return {"store": store.check_writable, "index": services.index.check, "reader": reader}


def _answer(parts: dict[str, Callable[[], None]]) -> JSONResponse:
    """Each part with 'ok' or 'failing'; why is in the log, where only the operator reads."""
    found = {name: _well(name, check) for name, check in parts.items()}
    well = all(found.values())
    states = {name: "ok" if fine else "failing" for name, fine in found.items()}
    return JSONResponse({"status": "ok" if well else "failing", **states}, 200 if well else 503)


def _well(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except SimulatorError as error:
        logger.warning("%s: %s", name, error)
        return False
    return True
