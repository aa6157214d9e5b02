"""The local model's server, run as a file in a process of its own: llama.cpp's, on loopback alone.

It prints its address once it is ready, and ends when standard input does: with its owner, however
that one ends. It imports nothing of the program.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

# Threads that spin while they wait take the core from the one that they wait for as soon as
# anything else runs on this machine: twenty times slower. Read when the library is loaded.
os.environ["OMP_WAIT_POLICY"] = "passive"


def serve(wish: dict[str, Any]) -> None:
    """Be the server."""
    import xllamacpp

    server = xllamacpp.Server(parameters(xllamacpp.CommonParams(), wish))
    print(server.listening_address, flush=True)
    sys.stdin.buffer.read()
    # Taking the server down in good order would wait for the answers that are under way.
    os._exit(0)


def parameters(common: Any, wish: dict[str, Any]) -> Any:
    """The server's parameters: the file, its name, slots, tokens of a slot, threads, a bound."""
    common.model.path, common.model_alias = wish["file"], {wish["name"]}
    common.hostnames, common.port = ["127.0.0.1"], 0
    common.n_parallel, common.n_ctx = wish["slots"], wish["slots"] * wish["slot_tokens"]
    common.n_predict, common.sampling.seed = wish["most_tokens"], 7
    common.cpuparams.n_threads = common.cpuparams_batch.n_threads = wish["threads"]
    common.n_gpu_layers, common.fit_params, common.warmup = 0, False, False
    common.cache_prompt, common.cache_ram_mib = True, 512
    common.endpoint_slots, common.ui, common.verbosity = True, False, -1
    return common


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
