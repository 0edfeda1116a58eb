"""A receiver of webhooks that notes when each event came first, and over how many connections they all came."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Final

_GIVE_UP_S: Final = 120
"""For so long nothing new may come."""


@dataclass
class Hooks:
    """What came. Times are seconds since 1970, of the clock that the functions here have too.

    `answers_after_s` may be changed while it runs. `most_at_once` is the most requests that were being answered.
    """

    urls: list[str] = field(default_factory=list[str])
    first_at: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    requests: int = 0
    answers_after_s: float = 0.0
    most_at_once: int = 0
    _at_once: int = 0
    connections: Counter[str] = field(default_factory=Counter[str])
    _came: Condition = field(default_factory=Condition)

    def took(self, path: str, headers: Mapping[str, str], at: float) -> None:
        """Note a request, and return when it is to be answered."""
        with self._came:
            self.requests += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            self.first_at.setdefault((path, headers["webhook-id"]), at)
            self._came.notify_all()
        if self.answers_after_s:
            time.sleep(self.answers_after_s)
        with self._came:
            self._at_once -= 1

    def of(self, path: str) -> dict[str, float]:
        """When each event came first to a path, by its id."""
        return {event: at for (where, event), at in self.first_at.items() if where == path}

    def wait_for(self, count: int, give_up_s: float = _GIVE_UP_S) -> bool:
        """Wait until so many have come, each counted once for each path; whether they did."""
        with self._came:
            while len(self.first_at) < count:
                before = len(self.first_at)
                if not self._came.wait_for(lambda b=before: len(self.first_at) > b, give_up_s):
                    return False
        return True


@contextmanager
def hooks(paths: int = 1) -> Iterator[Hooks]:
    """A receiver with so many paths (`/0`, `/1`, …), until the block ends. It answers 200, at first at once."""
    seen = Hooks()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            seen.connections["all"] += 1

        def do_POST(self) -> None:
            at = time.time()
            self.rfile.read(int(self.headers["content-length"]))
            seen.took(self.path, {name.lower(): value for name, value in self.headers.items()}, at)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's word
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Handler)
    seen.urls = [f"http://127.0.0.1:{server.server_address[1]}/{number}" for number in range(paths)]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
