"""The patient of the small case, and an encounter with him."""

from __future__ import annotations

import pytest

from simulator.patient.case import Case
from simulator.patient.patient import Patient
from simulator.services import Services
from tests.cough import Visit, cough_script


@pytest.fixture(scope="session")
def cough(services: Services) -> Patient:
    """Erik Holm, who coughs."""
    return services.patient(cough_script())


@pytest.fixture(scope="session")
def case(cough: Patient) -> Case:
    """His case."""
    return cough.case


@pytest.fixture
def visit(cough: Patient) -> Visit:
    """A fresh encounter with him."""
    return Visit(cough)
