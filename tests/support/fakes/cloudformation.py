"""CloudFormation as a custom resource's function sees it: a socket that receives its responses."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any


@dataclass
class CloudFormation:
    """Who waits for the answer. `refusals` are the statuses with which it turns the first answers down."""

    url: str = ""
    answers: list[dict[str, Any]] = field(default_factory=list)
    content_types: list[str | None] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)

    @property
    def answer(self) -> dict[str, Any]:
        (answer,) = self.answers
        return answer


@contextmanager
def listening() -> Iterator[CloudFormation]:
    stack = CloudFormation()

    class Receiver(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = stack.refusals.pop(0) if stack.refusals else 200
            if status == 200:
                stack.answers.append(json.loads(body))
                stack.content_types.append(self.headers["Content-Type"])
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name for it
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        stack.url = f"http://127.0.0.1:{server.server_port}/answer?Signature=secret"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stack
        finally:
            server.shutdown()
            thread.join()
