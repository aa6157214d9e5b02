"""The web application, composed in one screen: settings → services → pages and API."""

from __future__ import annotations

import logging

import uvicorn
from fastapi import FastAPI

from simulator.encounter.encounter import Encounters
from simulator.services import Services
from simulator.settings import Settings, read_settings
from simulator.store.repository import Repository, connect
from simulator.web.server import create

STREAMS_S = 2  # open pages hold streams that never end; so long a stop waits for them


def compose(settings: Settings) -> FastAPI:
    """Settings make services, services and the store make encounters, encounters make the pages."""
    services = Services(settings)
    for problem in services.library.problems:
        logging.getLogger("simulator").warning("left out: %s", problem)
    encounters = Encounters(services, Repository(connect(settings.database)))
    return create(encounters)


def serve(settings: Settings) -> None:
    """Serve the application until it is stopped."""
    print(f"Bedside is at http://{settings.host}:{settings.port}  (Ctrl+C stops it)", flush=True)
    uvicorn.run(
        compose(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=STREAMS_S,
    )


if __name__ == "__main__":
    serve(read_settings())
