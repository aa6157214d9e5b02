"""The language model that comes with the program, served beside it and ended with it."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from simulator.child import Child
from simulator.errors import ModelUnavailable
from simulator.llm.weights import MODELS
from simulator.settings import Settings

PROGRAM = Path(__file__).with_name("local_server.py")
SLOTS, SLOT_TOKENS, MOST_TOKENS = 2, 8192, 300
JUDGED_TOKENS = 2500  # what an answer on a group of items may take
READY_S, END_S = 120.0, 5.0
FIRST_S, TOTAL_S = 60.0, 120.0  # what a prompt that is not cached takes on two slow cores


class LocalServer:
    """The server of a model file, in a process of its own, for the length of a `with` block.

    It has no key; it listens on the loopback address only and ends with this process, also where
    that one is killed.
    """

    def __init__(
        self, file: Path, name: str, slots: int = SLOTS, most_tokens: int = MOST_TOKENS
    ) -> None:
        """Say how it shall be; nothing starts yet.

        Args:
            file: the weights (GGUF). name: what the model is called.
            slots: how many answers at once. most_tokens: where an answer is cut; -1 is nowhere.
        """
        self.base_url = ""
        self._wish = {
            "file": str(file),
            "name": name,
            "slots": slots,
            "slot_tokens": SLOT_TOKENS,
            "most_tokens": most_tokens,
            "threads": len(os.sched_getaffinity(0)),
        }
        self._process: Child | None = None

    def __enter__(self) -> Self:
        if find_spec("xllamacpp") is None:
            raise ModelUnavailable("The local model needs xllamacpp to run; run 'make model'")
        self._process = process = Child(PROGRAM, json.dumps(self._wish))
        try:
            self.base_url = f"{self._address(process)}/v1"
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def pid(self) -> int:
        """The number of its process, 0 where it does not run."""
        return self._process.pid if self._process else 0

    def _address(self, process: Child) -> str:
        """The first line that it prints, once it is ready."""
        ready = select.select([process.output], [], [], READY_S)[0]
        address = process.output.readline().decode().strip() if ready else ""
        if not address.startswith("http://"):
            why = process.last_words() or f"nothing was heard of it within {READY_S:.0f} s"
            raise ModelUnavailable(
                f"The local model's server did not start ({why}); look whether "
                f"memory is left for {self._wish['file']}"
            )
        return address

    def _end(self) -> None:
        if self._process:
            self._process.end(END_S)
        self._process = None


@contextmanager
def speaking(settings: Settings) -> Iterator[Settings]:
    """The settings with which to work; where they ask for the local model, it runs meanwhile.

    Raises:
        ModelUnavailable: the local model is asked for, and is not there or does not start.
    """
    if settings.voice != "local":
        yield settings
        return
    weights = MODELS[settings.local_model]
    file = weights.file(settings)
    if not file.is_file():
        raise ModelUnavailable(
            f"VSP_VOICE=local needs {file}, which is not there; run 'make model' with "
            f"VSP_LOCAL_MODEL={settings.local_model}, or set VSP_VOICE=scripted"
        )
    most = MOST_TOKENS if settings.judge == "none" else JUDGED_TOKENS
    with LocalServer(file, weights.name, most_tokens=most) as server:
        yield settings.model_copy(
            update={
                "voice": "llm",
                "llm_model": weights.name,
                "llm_base_url": server.base_url,
                "llm_concurrency": SLOTS,
                "llm_first_s": max(FIRST_S, settings.llm_first_s),
                "llm_total_s": max(TOTAL_S, settings.llm_total_s),
            }
        )
