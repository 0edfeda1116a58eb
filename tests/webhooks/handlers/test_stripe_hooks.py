"""The receiver in the guide to Stripe's SDKs, run as printed, with the requests a receiver may get."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from cli.connection.trust import plain_context
from paysandbox.core.signature import STRIPE_HEADER, secret_of, signed
from tests.support.tools.ports import free_port

DOCS = Path(__file__).resolve().parents[3] / "docs"
PROGRAM = DOCS / "consumers" / "stripe_hooks.py"
PLAIN = plain_context()
"""Spares httpx to read the authorities for each request."""
SECRET, ANOTHER = (secret_of(b"m" * 32, "we_endpoint", version) for version in (1, 2))
EVENT = {"id": "evt_1", "object": "event", "type": "charge.refunded", "data": {"object": {"id": "ch_1"}}}
BODY = json.dumps(EVENT).encode()
FORGED = json.dumps({**EVENT, "id": "evt_2"}).encode()


class Receiver:
    """The running program. `kept` holds the contents of its store."""

    def __init__(self, folder: Path) -> None:
        self.store, self.port = folder / "webhooks.db", free_port()
        told = {"WEBHOOK_SECRET": SECRET, "WEBHOOK_STORE": str(self.store), "PORT": str(self.port)}
        self.process = subprocess.Popen([sys.executable, PROGRAM], env=os.environ | told, stderr=subprocess.DEVNULL)

    def send(self, headers: dict[str, str], body: bytes = BODY) -> int:
        return httpx.post(
            f"http://127.0.0.1:{self.port}/hooks", headers=headers, content=body, verify=PLAIN
        ).status_code

    @property
    def kept(self) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(self.store)) as store:
            return store.execute("SELECT id, type FROM events").fetchall()


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """One receiver for all tests: the SDK takes a second to load."""
    started = Receiver(tmp_path_factory.mktemp("receiver"))
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                httpx.post(f"http://127.0.0.1:{started.port}", content=b"{}", timeout=5, verify=PLAIN)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield started
    finally:
        started.process.kill()
        started.process.wait()


def headers(secret: str = SECRET, *, ago_s: int = 0, body: bytes = BODY) -> dict[str, str]:
    return signed([secret], message_id="evt_1", timestamp=int(time.time()) - ago_s, body=body)


@pytest.mark.full
def test_an_event_is_kept_once_however_often_it_comes(receiver: Receiver) -> None:
    assert [receiver.send(headers()), receiver.send(headers(ago_s=200))] == [204, 204]
    assert receiver.kept == [("evt_1", "charge.refunded")]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        headers(ANOTHER, body=FORGED),
        headers(body=BODY),
        headers(body=FORGED, ago_s=302),
        {STRIPE_HEADER: "t=tomorrow"},
    ],
    ids=["nothing signed", "another secret", "another body", "an old one", "no time"],
)
def test_forged_deliveries_are_refused_and_not_stored(receiver: Receiver, sent: dict[str, str]) -> None:
    assert receiver.send(sent, FORGED) == 400
    assert "evt_2" not in dict(receiver.kept)


@pytest.mark.parametrize(
    "program, guide", [("stripe_hooks.py", "stripe-webhooks.md"), ("stripe_shop.mjs", "stripe-payments.md")]
)
def test_the_guide_contains_the_code_that_is_run(program: str, guide: str) -> None:
    assert (DOCS / "consumers" / program).read_text() in (DOCS / "how-to" / guide).read_text()
