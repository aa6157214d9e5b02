"""What the load bench makes of what it saw and of what the servers counted."""

from __future__ import annotations

import time

from bench.load import Counts, Seen, _summed


def counted(turns: float, reading_s: float, cpu_s: float) -> Counts:
    return {
        ("bedside_turns_total", "", "scripted"): turns,
        ("bedside_turn_seconds_sum", "reading"): reading_s,
        ("bedside_turn_seconds_count", "reading"): turns,
        ("process_cpu_seconds_total",): cpu_s,
        ("process_resident_memory_bytes",): 2.0**20 * 500,
    }


def test_what_is_added_is_what_is_more_than_the_reader_takes_alone() -> None:
    seen = Seen({"api": [60.0, 70.0, 250.0], "queue": [90.0]})
    seen.errors["api: 503"] += 2
    before = [counted(10, 0.5, 1.0), counted(0, 0.0, 1.0)]
    after = [counted(20, 1.5, 2.0), counted(10, 1.0, 2.0)]
    told = _summed(seen, before, after, alone=50.0)
    assert (told["turns"], told["errors"]) == (20, 2)
    assert (told["api_added_p50_ms"], told["api_added_max_ms"], told["api_n"]) == (20.0, 200.0, 3)
    assert told["queue_added_p50_ms"] == 90.0
    assert (told["cpu_a_turn_ms"], told["cpu_beside_ms"]) == (100.0, 50.0)
    assert told["reading_under_load_ms"] == 100.0
    assert told["rss_mb_after"] == [500.0, 500.0]


def test_a_turn_s_time_runs_from_when_it_was_due() -> None:
    seen = Seen()
    seen.note("api", time.perf_counter() - 3)
    assert seen.ms["api"][0] >= 3000
