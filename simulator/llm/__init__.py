"""Language models behind one small protocol; beside knowledge/ the only place with LangChain.

protocol ──► limits ──► calls ──► served: what a model is, what keeps its failures small, one call
on its way between threads, and a model behind an address. `prompts` reads the files that are asked.
"""

from simulator.llm.protocol import Call, Message, Model, Purpose, Role, ScriptedModel, Stream
from simulator.llm.served import ServedModel, ServedStream, configured_model

__all__ = [
    "Call",
    "Message",
    "Model",
    "Purpose",
    "Role",
    "ScriptedModel",
    "ServedModel",
    "ServedStream",
    "Stream",
    "configured_model",
]
