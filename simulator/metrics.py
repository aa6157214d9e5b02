"""What one running program counts of itself, as Prometheus reads it.

No label names a person, a case or a row: each has few values, all of them written in the program.
What a collector asks for anew at each reading (`gauge`) is asked of whoever knows it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from simulator.errors import SimulatorError
from simulator.llm.protocol import Call
from simulator.patient.turn import Reply

MEDIA = CONTENT_TYPE_LATEST
TURN_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ANSWER_S = (0.005, 0.025, 0.1, 0.3, 1.0, 3.0, 10.0)
MODEL_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)
Values = Callable[[], float | Mapping[str, float]]
logger = logging.getLogger(__name__)


class Metrics:
    """The counts of one program, and what is asked for when they are read."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._asked = dict[str, _Asked]()
        self._requests = self._counter("requests", "Requests answered.", "route", "status")
        self._answers = self._times("answer", "Until an answer began.", ANSWER_S, "route")
        self._turns = self._counter("turns", "Turns answered and stored.", "voice", "away")
        self._parts = self._times("turn", "Parts of a turn.", TURN_S, "part")
        self._faults = self._counter("faults", "Faults that were the operator's.", "kind")
        self._said = self._counter("log_events", "Lines in the program's log.", "level")
        self._calls = self._counter("model_calls", "Calls of a model.", "purpose", "outcome")
        self._tokens = self._counter("model_tokens", "Tokens of a model.", "purpose", "kind")
        self._model = self._times("model_call", "Whole calls of a model.", MODEL_S, "purpose")
        self._first = self._times("model_first", "Until a model's first words.", MODEL_S, "purpose")
        self._heals = self._counter("index_heals", "Damaged indexes built anew.")
        self._kept_back = self._counter("audit_failures", "Lines that the audit log did not take.")
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"bedside_{name}", about, labels, registry=self._registry)

    def _times(self, name: str, about: str, buckets: tuple[float, ...], label: str) -> Histogram:
        seconds = f"bedside_{name}_seconds"
        return Histogram(seconds, about, (label,), registry=self._registry, buckets=buckets)

    def gauge(self, name: str, about: str, values: Values, label: str = "") -> None:
        """Have something asked for at each reading; what cannot be told is left out.

        One of the same name takes the place of the one before.

        Args:
            name, about: of the gauge. values: a number, or numbers by the value of `label`.
        """
        if name in self._asked:
            self._registry.unregister(self._asked[name])
        self._asked[name] = _Asked(f"bedside_{name}", about, values, label)
        self._registry.register(self._asked[name])

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered; the route is one of the rules', or 'none'."""
        self._requests.labels(route, str(status)).inc()
        self._answers.labels(route).observe(seconds)

    def turn(self, reply: Reply, away: str, seconds: float) -> None:
        """A turn was answered and stored.

        Args:
            reply: the answer. away: why no model spoke where one should.
            seconds: what all of it took; what was not reading or voice was the store's.
        """
        self._turns.labels(reply.voice, away).inc()
        reading, whole = reply.read_ms / 1000, reply.ms / 1000
        self._parts.labels("reading").observe(reading)
        self._parts.labels("voice").observe(whole - reading)
        self._parts.labels("store").observe(max(0.0, seconds - whole))

    def fault(self, kind: str) -> None:
        """Something failed that whoever asked cannot mend."""
        self._faults.labels(kind).inc()

    def logged(self, level: str) -> None:
        """A line was written into the program's log."""
        self._said.labels(level).inc()

    def call(self, call: Call) -> None:
        """A language model was called; other outcomes than ok and stopped are refusals."""
        self._calls.labels(call.purpose, call.outcome).inc()
        self._model.labels(call.purpose).observe(call.ms / 1000)
        if call.first_ms is not None:
            self._first.labels(call.purpose).observe(call.first_ms / 1000)
        fresh = max(0, call.tokens_in - call.tokens_cached)
        tokens = {"in": fresh, "cached": call.tokens_cached, "out": call.tokens_out}
        for kind, number in tokens.items():
            self._tokens.labels(call.purpose, kind).inc(number)

    def index_healed(self) -> None:
        """A damaged index was built anew."""
        self._heals.inc()

    def audit_failed(self) -> None:
        """A line could not be written into the audit log, so what it was about was kept back."""
        self._kept_back.inc()

    def exposed(self) -> bytes:
        """All of it in the text form that Prometheus reads."""
        return generate_latest(self._registry)


class _Asked(Collector):
    """A gauge whose values are asked for when it is read."""

    def __init__(self, name: str, about: str, values: Values, label: str) -> None:
        self.name, self.about, self.values, self.label = name, about, values, label

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Its name alone: nothing is asked when it is made known."""
        yield GaugeMetricFamily(self.name, self.about, labels=self._labels())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The values now; none where they cannot be told."""
        family = GaugeMetricFamily(self.name, self.about, labels=self._labels())
        try:
            found = self.values()
        except SimulatorError as error:
            logger.warning("%s cannot be told: %s", self.name, error)
            found = math.nan
        if isinstance(found, Mapping):
            for value, number in found.items():
                family.add_metric([value], number)
        elif not math.isnan(found):
            family.add_metric([], found)
        yield family

    def _labels(self) -> list[str]:
        return [self.label] if self.label else []
