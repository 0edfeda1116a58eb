"""`GET /metrics.prom`: what the engine counts, for Prometheus.

It is written here and not by a client library. The event loop counts requests with two additions and no lock, the
document is a page of code, and the functions see the packages of the engine, which so are few.

No label has a merchant, an ID, a URL or anything else that a caller chooses, and each has few values. Counters begin at
zero with the engine, and never fall.
"""

import time
from collections.abc import Iterator
from typing import Final

from engine.metrics import process, state
from engine.metrics.attempts import Attempts
from engine.metrics.event_loop import EventLoop
from engine.metrics.exposition import CONTENT_TYPES, OPENMETRICS, TEXT, Family, exposition
from engine.metrics.requests import Requests
from paysandbox.http.html import prefers

PATH: Final = "/metrics.prom"


class Metrics:
    """The counts of this engine. `observed` is the state that they are shown with."""

    def __init__(self, observed: state.Observed) -> None:
        self._observed = observed
        self._started_at = time.time()
        self.requests = Requests()
        self.attempts = Attempts()
        self.event_loop = EventLoop(lambda: self.requests.total)

    def document(self, accept: str) -> tuple[str, bytes]:
        """Return the content type and the document, in the format that an `Accept` header prefers."""
        media_type = OPENMETRICS if prefers([accept], OPENMETRICS, TEXT) else TEXT
        return CONTENT_TYPES[media_type], exposition(self._families(), media_type)

    def _families(self) -> Iterator[Family]:
        yield from state.families(self._observed)
        yield from self.requests.families()
        yield from self.attempts.families()
        yield from self.event_loop.families()
        yield from process.families(self._started_at)
