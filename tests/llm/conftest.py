"""A model server and a time for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.llm.serving import Time
from tests.model_server import (
    ModelServer,
)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def time_() -> Time:
    return Time()
