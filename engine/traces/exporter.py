"""Sends spans to a collector, from a thread of its own: payments never wait for it, and rather lose spans.

What was observed waits in a queue of bounded length, whose oldest entries are lost when it is full. A batch that the
collector does not take is sent again, later each time (OTLP/HTTP, "Retryable Response Codes"): its IDs are the same, so
none is a second span.
"""

import http.client
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from engine.traces.calls import UNREADABLE
from engine.traces.observed import Observed
from engine.traces.otlp import TRACES_PATH, export_request
from engine.traces.spans import Span, spans_of

OBSERVED_MAX: Final = 2_000
SPANS_MAX: Final = 8_192
BATCH: Final = 512
GATHERED_FOR_S: Final = 0.5
TIMEOUT_S: Final = 5.0
RETRY_FIRST_S: Final = 1.0
RETRY_MAX_S: Final = 30.0

_RETRYABLE: Final = frozenset({429, 502, 503, 504})


class Exporter:
    """A queue, and the thread that sends what is in it. `log` receives a line when the collector's state changes."""

    def __init__(
        self,
        url: str,
        routes: Callable[[], Sequence[str]],
        log: Callable[[str], None],
        *,
        gathered_for_s: float = GATHERED_FOR_S,
        retry_first_s: float = RETRY_FIRST_S,
    ) -> None:
        self._url = url
        self._routes = routes
        self._log = log
        self._gathered_for_s = gathered_for_s
        self._retry_first_s = retry_first_s
        self._observed: deque[Observed] = deque(maxlen=OBSERVED_MAX)
        self._spans: deque[Span] = deque()
        self._lost = 0
        self._trouble: str | None = None
        self._unreadable = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otlp", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put(self, observed: Observed) -> None:
        """Queue what was observed, without waiting."""
        self._observed.append(observed)

    def close(self, patience_s: float = 1.0) -> None:
        """Send what is queued, for at most `patience_s`, and end."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def _run(self) -> None:
        wait_s = self._gathered_for_s
        while not self._closing.wait(wait_s):
            wait_s = self._gathered_for_s if self._send_all() else self._backed_off(wait_s)
        self._send_all()

    def _backed_off(self, waited_s: float) -> float:
        return min(max(waited_s * 2, self._retry_first_s), RETRY_MAX_S)

    def _send_all(self) -> bool:
        """Send all spans, in batches. Return whether the collector took them, or refused them for good."""
        self._take()
        while self._spans:
            batch = [*islice(self._spans, BATCH)]
            trouble, again = _post(self._url, export_request(batch))
            self._note(trouble, len(batch) if trouble and not again else 0)
            if again:
                return False
            for _ in batch:
                self._spans.popleft()
            self._take()
        return True

    def _take(self) -> None:
        """Turn what was observed into spans."""
        routes = self._routes()
        while self._observed:
            try:
                self._spans.extend(spans_of(self._observed.popleft(), routes))
            except UNREADABLE as error:
                if not self._unreadable:
                    self._log(f"traces: an observation could not be read, and has no spans: {error!r}")
                self._unreadable = True
        while len(self._spans) > SPANS_MAX:
            self._spans.popleft()
            self._lost += 1

    def _note(self, trouble: str | None, refused: int) -> None:
        """Log the first trouble, and its end with the number of spans that were lost."""
        self._lost += refused
        if trouble is not None and self._trouble is None:
            self._log(f"traces: {self._url} {trouble}. Payments go on; spans wait, and the oldest are lost.")
        elif trouble is None and self._trouble is not None:
            self._log(f"traces: {self._url} takes spans again; {self._lost} were lost.")
            self._lost = 0
        self._trouble = trouble


def _post(url: str, body: bytes) -> tuple[str | None, bool]:
    """Send a batch. Return what went wrong, None if nothing did, and whether to try again."""
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    try:
        path = f"{parts.path.rstrip('/')}{TRACES_PATH}"
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as error:
        return f"does not answer ({type(error).__name__})", True
    finally:
        connection.close()
    if 200 <= response.status <= 299:
        return None, False
    return f"answers with {response.status}", response.status in _RETRYABLE
