"""A virtual standardized patient: scripts, knowledge, patient, encounter, evaluator, web."""

__version__ = "0.1.0"
