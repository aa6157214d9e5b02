"""A case as it is shipped, and the numbers of the editions that come after it."""

from __future__ import annotations

from simulator.scripts.parsing import read_script
from simulator.settings import ROOT

CASE = "chest-pain-maria-lopez"
NOW = read_script(ROOT / "patient_scripts" / f"{CASE}.yaml")[0].version
_MAJOR, _MINOR, _ = NOW.split(".")
NEXT, AFTER = (f"{_MAJOR}.{int(_MINOR) + n}.0" for n in (1, 2))
