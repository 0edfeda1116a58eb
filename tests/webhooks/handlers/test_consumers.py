"""The two consumers in the guide, run as printed, with the requests a receiver may get."""

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
from paysandbox.core.signature import TIMESTAMP_HEADER, secret_of, signed
from tests.support.tools.ports import free_port

CONSUMERS = Path(__file__).resolve().parents[3] / "docs" / "consumers"
NODE = Path(sys.executable).parent / "node"
PLAIN = plain_context()
"""Spares httpx to read the authorities for each request."""
SECRET, BEFORE = (secret_of(b"m" * 32, "we_endpoint", version) for version in (2, 1))
BODY = '{"id":"evt_1","sequence":1,"note":"caf\u00e9"}'.encode()


class Consumer:
    """A running consumer. `kept` holds the bodies in its store."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.store = folder / "webhooks.db"
        self.port = free_port()
        self.command = command
        self.process = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        told = {"WEBHOOK_SECRET": SECRET, "WEBHOOK_STORE": str(self.store), "PORT": str(self.port)}
        process = subprocess.Popen(self.command, env=os.environ | told)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                httpx.post(f"http://127.0.0.1:{self.port}", content=b"{}", timeout=5, verify=PLAIN)
                return process
            except httpx.TransportError:
                time.sleep(0.05)
        process.kill()
        raise AssertionError("it does not listen")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        self.stop()
        self.process = self._started()

    def send(self, headers: dict[str, str], body: bytes = BODY) -> int:
        return httpx.post(
            f"http://127.0.0.1:{self.port}/hooks", headers=headers, content=body, verify=PLAIN
        ).status_code

    @property
    def kept(self) -> list[tuple[str, bytes]]:
        with closing(sqlite3.connect(self.store)) as store:
            return [(row[0], bytes(row[1])) for row in store.execute("SELECT id, body FROM events")]


@pytest.fixture(params=["consumer.py", "consumer.mjs"])
def consumer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Consumer]:
    program = CONSUMERS / request.param
    started = Consumer([sys.executable if program.suffix == ".py" else str(NODE), str(program)], tmp_path)
    yield started
    started.stop()


def headers(*secrets: str, message_id: str = "evt_1", ago_s: int = 0, body: bytes = BODY) -> dict[str, str]:
    return signed(secrets, message_id=message_id, timestamp=int(time.time()) - ago_s, body=body)


def test_an_event_is_kept_once_however_often_it_comes(consumer: Consumer) -> None:
    assert consumer.send(headers(SECRET)) == 204
    assert consumer.send(headers(SECRET, ago_s=200)) == 204
    consumer.start_again()
    assert consumer.send(headers(SECRET)) == 204
    assert consumer.kept == [("evt_1", BODY)]


@pytest.mark.full
def test_during_a_rotation_either_secret_will_do(consumer: Consumer) -> None:
    assert consumer.send(headers(BEFORE, SECRET)) == 204
    assert consumer.send(headers(SECRET, BEFORE, message_id="evt_2")) == 204
    assert [kept for kept, _ in consumer.kept] == ["evt_1", "evt_2"]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        headers(BEFORE),
        headers(SECRET, body=b"{}"),
        headers(SECRET) | {"webhook-id": "evt_2"},
        headers(SECRET) | {TIMESTAMP_HEADER: "tomorrow"},
    ],
    ids=["nothing signed", "another secret", "another body", "another id", "no time"],
)
def test_forged_deliveries_are_refused_and_not_stored(consumer: Consumer, sent: dict[str, str]) -> None:
    assert consumer.send(sent) == 400
    assert consumer.kept == []


def test_an_old_message_is_refused(consumer: Consumer) -> None:
    assert consumer.send(headers(SECRET, ago_s=302)) == 400
    assert consumer.kept == []


@pytest.mark.parametrize(
    "program", [CONSUMERS / "consumer.py", CONSUMERS / "consumer.mjs"], ids=lambda program: program.name
)
def test_the_guide_contains_the_code_that_is_run(program: Path) -> None:
    assert program.read_text() in (CONSUMERS.parent / "how-to" / "receive-webhooks.md").read_text()
