"""The web application, composed in one screen: settings → services → pages and API."""

from __future__ import annotations

import logging

from fastapi import FastAPI

from simulator import logs
from simulator.accounts.accounts import open_accounts
from simulator.encounter.encounter import Encounters
from simulator.llm.local import speaking
from simulator.platforms.opening import open_courier
from simulator.services import Services
from simulator.settings import Settings, read_settings
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.glance import Glance
from simulator.store.identities import IdentityStore
from simulator.store.outbox import OutboxStore
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.store.rosters import RosterStore
from simulator.web.accounts.institution import open_institution
from simulator.web.accounts.launching import open_launches
from simulator.web.listening import listen, listening_place
from simulator.web.server import create


def compose(settings: Settings) -> FastAPI:
    """Settings make services, with the store all that is held and set, and these the pages."""
    services = Services(settings)
    for problem in services.library.problems:
        logging.getLogger("simulator").warning("left out: %s", problem)
    database = connect(settings.store)
    glance = Glance(database)
    services.metrics.gauge("interviews", "With words in five minutes.", glance.interviews)
    services.metrics.gauge("audit_lines", "The newest line's number.", glance.audit_lines)
    accounts = open_accounts(settings, PeopleStore(database)) if settings.accounts else None
    institution = open_institution(settings, accounts, IdentityStore(database))
    outbox = OutboxStore(database)
    rosters = RosterStore(database)
    launches = open_launches(settings, accounts, IdentityStore(database), outbox, rosters)
    encounters, ledger = Encounters(services, Repository(database)), AssignmentStore(database)
    tool = launches.tool if launches else None
    courier = open_courier(settings, outbox, encounters, ledger, tool)
    return create(encounters, ledger, accounts, institution, courier, launches)


def serve(settings: Settings) -> None:
    """Serve the application until it is stopped.

    Raises:
        SettingsError: nothing can or may listen where the settings say.
        ModelUnavailable: the local model is asked for, and is not there or does not start.
    """
    place = listening_place(settings)
    logs.set_up(settings.log)
    with speaking(settings) as settings:
        listen(compose(settings), place, settings)


if __name__ == "__main__":
    serve(read_settings())
