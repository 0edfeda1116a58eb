"""A webhook receiver that records when each event first arrived, and over how many connections.

`python -m benchmarks.measuring.hooks_receiver` runs it as a process of its own, until its standard input ends.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Final

import httpx

_GIVE_UP_S: Final = 120
"""Time without a new event after which waiting ends."""

_ASKED_EVERY_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How many events have arrived, and when the last one did first (seconds since 1970)."""

    events: int
    last_at: float


@dataclass
class Hooks:
    """The received requests. Times are seconds since 1970; the local functions use the same clock.

    `answers_after_s` may be changed while the receiver runs. `most_at_once` is the peak of concurrent requests.
    """

    urls: list[str] = field(default_factory=list[str])
    first_at: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    requests: int = 0
    answers_after_s: float = 0.0
    most_at_once: int = 0
    _at_once: int = 0
    connections: Counter[str] = field(default_factory=Counter[str])
    _arrived: Condition = field(default_factory=Condition)

    def record(self, path: str, headers: Mapping[str, str], at: float) -> None:
        """Record a request and return when to respond."""
        with self._arrived:
            self.requests += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            self.first_at.setdefault((path, headers["webhook-id"]), at)
            self._arrived.notify_all()
        if self.answers_after_s:
            time.sleep(self.answers_after_s)
        with self._arrived:
            self._at_once -= 1

    def of(self, path: str) -> dict[str, float]:
        """Return when each event first arrived at a path, by event id."""
        return {event: at for (where, event), at in self.first_at.items() if where == path}

    def arrivals(self) -> Arrivals:
        """Return what has arrived until now."""
        with self._arrived:
            return Arrivals(len(self.first_at), max(self.first_at.values(), default=0.0))

    def wait_for(self, count: int, give_up_s: float = _GIVE_UP_S) -> bool:
        """Wait for this many events, counted once per path. Return whether they arrived."""
        with self._arrived:
            while len(self.first_at) < count:
                before = len(self.first_at)
                if not self._arrived.wait_for(lambda b=before: len(self.first_at) > b, give_up_s):
                    return False
        return True


@contextmanager
def hooks(paths: int = 1) -> Iterator[Hooks]:
    """Run a receiver with this many paths (`/0`, `/1`, …). It responds with 200, initially at once."""
    received = Hooks()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            received.connections["all"] += 1

        def do_POST(self) -> None:
            at = time.time()
            self.rfile.read(int(self.headers["content-length"]))
            received.record(self.path, {name.lower(): value for name, value in self.headers.items()}, at)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            body = json.dumps(asdict(received.arrivals())).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's word
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Handler)
    received.urls = [f"http://127.0.0.1:{server.server_address[1]}/{number}" for number in range(paths)]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class SeparateHooks:
    """A receiver in a process of its own, so that it shares no interpreter with what measures."""

    def __init__(self, url: str, http: httpx.Client) -> None:
        self.url, self._http = url, http

    def arrivals(self) -> Arrivals:
        """Return what has arrived until now."""
        return Arrivals(**self._http.get(self.url).json())

    def wait_for(self, events: int, give_up_s: float) -> Arrivals:
        """Wait until this many events have arrived, or until none has come for `give_up_s`. Return what has arrived."""
        seen, since = self.arrivals(), time.monotonic()
        while seen.events < events and time.monotonic() - since < give_up_s:
            time.sleep(_ASKED_EVERY_S)
            now = self.arrivals()
            if now.events > seen.events:
                since = time.monotonic()
            seen = now
        return seen


@contextmanager
def separate_hooks() -> Iterator[SeparateHooks]:
    """Run a receiver with one path in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.measuring.hooks_receiver"]
    with (
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
        httpx.Client() as http,
    ):
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the receiver has no pipes")
        try:
            yield SeparateHooks(process.stdout.readline().strip(), http)
        finally:
            process.stdin.close()


def main() -> None:
    """Print the URL, and receive until the standard input ends."""
    with hooks() as received:
        print(received.urls[0], flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
