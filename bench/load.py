"""Many interviews at once on real server processes: what a turn waits for beside its reading.

What the reader takes alone is measured first, by the clock: beside other programs it is no measure
of the processor, and `cpu_beside_ms` means something on an idle machine only.

Open loop: each turn goes out when it is due, whether or not the one before was answered, and its
time runs from then. Residents of the API change the process with every turn; those of the pages
stay with one, as a proxy has them, since Gradio's events live in it, and put an order through
Gradio's own queue between their turns.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bench import percentile
from bench.turn import QUESTIONS
from simulator.errors import SimulatorError
from simulator.settings import ROOT, Settings

GOAL = {"errors": 0, "api_added_p95_ms": 80, "pages_added_p95_ms": 300, "cpu_beside_ms": 25}
READY_S, STOP_S, PATIENCE_S = 600.0, 30.0, 60.0
MOST_CASES = 6  # as many as nobody has to load in the middle of it
WARM = 12  # turns one at a time, by which the reader's own time is known
COOKIE = "vsp_resident"
ORDERS = ("ECG", "Chest X-ray", "CRP", "listen to the heart")


@dataclass
class Seen:
    """What was seen: milliseconds by kind, and what went wrong."""

    ms: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, began: float) -> None:
        """Something was answered whole."""
        self.ms.setdefault(kind, []).append((time.perf_counter() - began) * 1000)


@dataclass(frozen=True)
class Resident:
    """One resident with one patient, by a browser's secret."""

    number: int
    pages: bool
    secret: str
    case: str

    @property
    def headers(self) -> dict[str, str]:
        """What each of their requests brings."""
        return {"cookie": f"{COOKIE}={self.secret}"}


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Hold the interviews, and print what they waited for.

    Raises:
        SimulatorError: a server did not start.
    """
    wish = _wish(arguments)
    with ExitStack() as running:
        folder = running.enter_context(data_folder(settings, "load"))
        servers = [running.enter_context(_served(folder, wish)) for _ in range(wish.processes)]
        figures = asyncio.run(_held(servers, wish, folder))
    for name, value in figures.items():
        print(f"{name:22} {value}")
    return {**figures, "goal": GOAL}


def _wish(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator bench load")
    parser.add_argument("--interviews", type=int, default=300)
    parser.add_argument("--every", type=float, default=25.0, metavar="SECONDS")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--pages", type=float, default=0.2, metavar="SHARE", help="on the pages")
    parser.add_argument("--case", action="append", help="of the library; may be repeated")
    parser.add_argument("--database", default="", help="a PostgreSQL database made for this alone")
    return parser.parse_args(arguments)


@contextmanager
def data_folder(settings: Settings, name: str) -> Iterator[Path]:
    """A data folder with a database of its own beside the installation's index and encoders."""
    with tempfile.TemporaryDirectory(prefix=f"bedside-{name}-") as made:
        folder = Path(made)
        for there in settings.data_dir.iterdir():
            if there.is_dir() and there.name not in ("drafts", "cases"):
                (folder / there.name).symlink_to(there.resolve())
        yield folder


@contextmanager
def _served(folder: Path, wish: argparse.Namespace) -> Iterator[str]:
    """A server process, ready; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    at = f"http://127.0.0.1:{port}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("VSP_") or k == "VSP_READER"}
    kept |= {"VSP_DATA_DIR": str(folder), "VSP_DATABASE_URL": wish.database}
    log = folder / f"server-{port}.log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "simulator", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=kept, stdout=out, stderr=out)
    try:
        _wait(at, process, log)
        yield at
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(at: str, process: subprocess.Popen[bytes], log: Path) -> None:
    last = time.monotonic() + READY_S
    while time.monotonic() < last and process.poll() is None:
        try:
            if httpx.get(f"{at}/readyz", timeout=20).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise SimulatorError(f"A server did not get ready:\n{log.read_text(encoding='utf-8')[-2000:]}")


async def _held(servers: list[str], wish: argparse.Namespace, folder: Path) -> dict[str, Any]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    async with httpx.AsyncClient(timeout=PATIENCE_S, limits=limits) as client:
        cases = wish.case or await _cases(client, servers[0])
        alone = await _reading_alone(client, servers, cases)
        residents = [
            Resident(i, i < wish.interviews * wish.pages, uuid.uuid4().hex, cases[i % len(cases)])
            for i in range(wish.interviews)
        ]
        before, used = [await _told(client, s) for s in servers], _own_cpu_s()
        seen, began = Seen(), time.perf_counter()
        await asyncio.gather(*(_interview(client, servers, r, seen, wish) for r in residents))
        took = time.perf_counter() - began
        after = [await _told(client, s) for s in servers]
        own = (_own_cpu_s() - used) / took
    stored = sum(p.stat().st_size for p in folder.glob("encounters.sqlite3*"))
    return {
        "n": wish.interviews,
        "processes": wish.processes,
        "database": "server" if wish.database else "file",
        "every_s": wish.every,
        "minutes": round(took / 60, 1),
        **_summed(seen, before, after, alone),
        "stored_mb": round(stored / 2**20, 1),
        "bench_cpu_share": round(own, 2),
    }


async def _cases(client: httpx.AsyncClient, server: str) -> list[str]:
    found = (await client.get(f"{server}/api/v1/cases")).raise_for_status().json()
    return [case["id"] for case in found["items"]][:MOST_CASES]


async def _reading_alone(
    client: httpx.AsyncClient, servers: list[str], cases: Sequence[str]
) -> float:
    """How many milliseconds the reader takes for a turn while nothing else is asked of it."""
    first, seen = Resident(-1, False, uuid.uuid4().hex, cases[0]), Seen()
    encounter = await _begin(client, servers[0], first)
    for server in servers:  # each has the case in memory, and its connections, once this is over
        for question in QUESTIONS[:2]:
            await _say(client, server, first, encounter, question, seen, time.perf_counter())
    before = await _told(client, servers[0])
    for number in range(WARM):
        question = QUESTIONS[number % len(QUESTIONS)]
        await _say(client, servers[0], first, encounter, question, seen, time.perf_counter())
    after = await _told(client, servers[0])
    return _mean_ms(before, after, "reading")


async def _interview(
    client: httpx.AsyncClient,
    servers: list[str],
    resident: Resident,
    seen: Seen,
    wish: argparse.Namespace,
) -> None:
    """All of one interview: its turns go out when they are due."""
    own, shift = resident.number % len(servers), wish.every * resident.number / wish.interviews
    begun = time.perf_counter() + shift  # they come one after another, within the first turn's time
    await asyncio.sleep(shift)
    try:
        encounter = await _begin(client, servers[own], resident)
    except httpx.HTTPStatusError as error:
        seen.errors[f"begin: {error.response.status_code}"] += 1
        return
    except (httpx.HTTPError, KeyError, ValueError) as error:
        seen.errors[f"begin: {type(error).__name__}"] += 1
        return
    turns = int(wish.minutes * 60 / wish.every)
    under_way: set[asyncio.Task[None]] = set()
    for number in range(turns):
        due = begun + (number + 1) * wish.every
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        server = servers[own if resident.pages else (own + number) % len(servers)]
        question = QUESTIONS[(resident.number + number) % len(QUESTIONS)]
        say = _say_on_page if resident.pages else _say
        step = say(client, server, resident, encounter, question, seen, due)
        under_way.add(asyncio.create_task(step))
        if resident.pages and number % 3 == 1:
            wanted = ORDERS[number // 3 % len(ORDERS)]
            step = _order(client, server, resident, encounter, wanted, seen, due)
            under_way.add(asyncio.create_task(step))
    await asyncio.gather(*under_way)


async def _begin(client: httpx.AsyncClient, server: str, resident: Resident) -> str:
    at, body = f"{server}/api/v1/encounters", {"case": resident.case, "mode": "practice"}
    made = await client.post(at, json=body, headers=resident.headers)
    encounter = str(made.raise_for_status().json()["id"])
    entered = await client.post(f"{at}/{encounter}/enter", headers=resident.headers)
    entered.raise_for_status()
    return encounter


async def _say(
    client: httpx.AsyncClient,
    server: str,
    resident: Resident,
    encounter: str,
    text: str,
    seen: Seen,
    due: float,
) -> None:
    """A turn by the HTTP API, until it stands whole."""
    at = f"{server}/api/v1/encounters/{encounter}/turns"
    await _answered(client, at, resident, {"text": text}, "event: turn", "api", seen, due)


async def _say_on_page(
    client: httpx.AsyncClient,
    server: str,
    resident: Resident,
    encounter: str,
    text: str,
    seen: Seen,
    due: float,
) -> None:
    """A turn by the line of an open page."""
    at = f"{server}/practice/room/{encounter}/turns"
    body = {"id": uuid.uuid4().hex, "text": text}
    await _answered(client, at, resident, body, '"sent": true', "pages", seen, due)


async def _answered(
    client: httpx.AsyncClient,
    at: str,
    resident: Resident,
    body: dict[str, Any],
    mark: str,
    kind: str,
    seen: Seen,
    due: float,
) -> None:
    try:
        answer = await client.post(at, json=body, headers=resident.headers)
    except httpx.HTTPError as error:
        seen.errors[f"{kind}: {type(error).__name__}"] += 1
        return
    if answer.status_code != 200 or mark not in answer.text:
        why = "a problem" if answer.status_code == 200 else answer.status_code
        seen.errors[f"{kind}: {why}"] += 1
        return
    seen.note(kind, due)


async def _order(
    client: httpx.AsyncClient,
    server: str,
    resident: Resident,
    encounter: str,
    wanted: str,
    seen: Seen,
    due: float,
) -> None:
    """An order through Gradio's own queue: the event is put in, and its answer is waited for."""
    at = f"{server}/practice/gradio_api/call/order"
    body = {"data": [wanted], "session_hash": uuid.uuid4().hex[:10]}
    try:
        sent = await client.post(f"{at}?id={encounter}", json=body, headers=resident.headers)
        event = sent.raise_for_status().json()["event_id"]
        answer = await client.get(f"{at}/{event}", headers=resident.headers)
    except (httpx.HTTPError, ValueError, KeyError) as error:
        seen.errors[f"queue: {type(error).__name__}"] += 1
        return
    if "event: complete" not in answer.text:
        seen.errors["queue: not completed"] += 1
        return
    seen.note("queue", due)


async def _told(client: httpx.AsyncClient, server: str) -> dict[tuple[str, ...], float]:
    """What a server counts of itself."""
    text = (await client.get(f"{server}/metrics")).raise_for_status().text
    return {
        (s.name, *s.labels.values()): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


Counts = dict[tuple[str, ...], float]


def _mean_ms(before: Counts, after: Counts, part: str) -> float:
    seconds, number = (
        after[key, part] - before.get((key, part), 0.0)
        for key in ("bedside_turn_seconds_sum", "bedside_turn_seconds_count")
    )
    return 1000 * seconds / max(1.0, number)


def _summed(seen: Seen, before: list[Counts], after: list[Counts], alone: float) -> dict[str, Any]:
    def grown(*key: str) -> float:
        return sum(a.get(key, 0.0) - b.get(key, 0.0) for a, b in zip(after, before, strict=True))

    def memory(counts: list[Counts]) -> list[float]:
        return [round(c["process_resident_memory_bytes",] / 2**20, 1) for c in counts]

    turns = grown("bedside_turns_total", "", "scripted")
    cpu = 1000 * grown("process_cpu_seconds_total") / max(1.0, turns)
    reading = 1000 * grown("bedside_turn_seconds_sum", "reading") / max(1.0, turns)
    figures: dict[str, Any] = {
        "turns": int(turns),
        "errors": sum(seen.errors.values()),
        "errors_by_kind": dict(seen.errors),
        "reading_alone_ms": round(alone, 1),
        "reading_under_load_ms": round(reading, 1),
    }
    for kind, times in sorted(seen.ms.items()):
        less = alone if kind != "queue" else 0.0
        for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
            figures[f"{kind}_added_{name}_ms"] = round(percentile(times, share) - less, 1)
        figures[f"{kind}_n"] = len(times)
    return figures | {
        "cpu_a_turn_ms": round(cpu, 1),
        "cpu_beside_ms": round(cpu - alone, 1),
        "rss_mb_before": memory(before),
        "rss_mb_after": memory(after),
        "index_heals": int(grown("bedside_index_heals_total")),
    }


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
