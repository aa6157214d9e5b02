from __future__ import annotations

from pathlib import Path

import pytest

from simulator.services import Services
from simulator.studio.desk import Desk
from simulator.studio.starter import Basics


@pytest.fixture
def desk(services: Services, tmp_path: Path) -> Desk:
    """A desk with no drafts yet; encoder, field and library are the session's."""
    found = Desk(services)
    found.drafts.folder = tmp_path / "drafts"
    return found


@pytest.fixture
def basics() -> Basics:
    return Basics(
        title="A cough that stays", name="Ben Harris", age=46, sex="male", concern="Cough"
    )
