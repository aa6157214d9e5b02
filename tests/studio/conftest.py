from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.services import Services
from simulator.settings import Settings
from simulator.studio.desk import Desk
from simulator.studio.starter import Basics


@pytest.fixture
def desk(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk with no drafts yet, and nothing published; encoder and field are the session's."""
    monkeypatch.setattr(Settings, "cases_dir", tmp_path / "cases")
    found = Desk(services)
    found.drafts.folder = tmp_path / "drafts"
    yield found
    services.reload_library()  # without what was published here


@pytest.fixture
def basics() -> Basics:
    return Basics(
        title="A cough that stays", name="Ben Harris", age=46, sex="male", concern="Cough"
    )
