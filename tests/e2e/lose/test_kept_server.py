"""`paysandbox lose --port`: a server that was started before keeps its key, and its calls are lost and judged."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Sandbox
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until

pytestmark = [pytest.mark.full, pytest.mark.timeout(240)]

SHOP = str(Path(__file__).with_name("kept_server.py"))


def answers(url: str) -> bool:
    """Whether the shop answers."""
    try:
        return httpx.get(f"{url}/orders").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def kept(key: str, api_base: str) -> Iterator[str]:
    """Run the shop with a key until the block ends. Returns its address."""
    port = free_port()
    env = os.environ | {"STRIPE_API_KEY": key, "STRIPE_API_BASE": api_base}
    process = subprocess.Popen([sys.executable, SHOP, str(port)], env=env)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url), "the shop answers")
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_its_calls_are_those_of_the_merchant_of_the_run(sandbox: Sandbox) -> None:
    key = sandbox.json("keys", "create", "--merchant", "kept-server", "--plan", "load")["api_key"]
    port = free_port()
    with kept(key, f"http://127.0.0.1:{port}") as url:

        def words(path: str) -> list[str]:
            return [sys.executable, SHOP, f"{url}/{path}"]

        done = sandbox.run(
            *("lose", "--port", str(port), "--only", "1-first-reset", "--json"),
            *("--reset", shlex.join(words("reset")), "--state-command", shlex.join(words("orders"))),
            *("--", *words("pay")),
            check=False,
        )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["calls"] == ["POST /v1/payment_intents"]
    [tried] = report["cells"]
    assert [(each["kind"], each["amount"]) for each in tried["findings"]] == [("charged_too_much", 3750)]
    listed = httpx.get(f"{sandbox.base_url}/v1/payment_intents", auth=(key, ""), timeout=60).json()
    assert listed["data"] == [], "nothing was done by the merchant of the key that it keeps"
