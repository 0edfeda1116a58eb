"""Upgrade of an earlier version's state folder: its payments, keys, endpoints and books remain usable."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks.before_and_after import checkout
from benchmarks.earlier_sandbox import build
from tests.e2e.conftest import Sandbox
from tests.support.api import Api
from tests.support.ports import free_port
from tests.support.receiver import receiver

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

EARLIER = "b378be9"
"""The last commit before the layer was split by feature."""

_UP_S = 300


class _Earlier:
    """The program of that commit, installed from its own lock files, on a state folder."""

    def __init__(self, tree: Path, home: Path) -> None:
        self._tree, self._home = tree, home
        build(tree)

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [str(self._tree / ".venv/bin/paysandbox"), *words],
            cwd=self._tree,
            env=os.environ | {"PAYSANDBOX_HOME": str(self._home)},
            capture_output=True,
            text=True,
            timeout=_UP_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


def test_a_sandbox_of_an_earlier_version_is_upgraded(tmp_path: Path) -> None:
    home, port = tmp_path / "a home", free_port()
    now = Sandbox(home, port)
    with checkout(EARLIER) as tree, receiver() as shop:
        earlier = _Earlier(tree, home)
        try:
            earlier.run("up", "--port", str(port))
            key = earlier.json("keys", "create", "--merchant", "acme", "--plan", "load")["api_key"]
            with Api(now.base_url, key) as api:
                endpoint = api.post("/webhooks/endpoints", {"url": shop.url, "events": ["*"]}).raise_for_status().json()
                made = api.authorize(10_00, key="of the earlier version")
                auth_id = made.raise_for_status().json()["auth_id"]
                capture = api.capture(auth_id, amount=4_00).raise_for_status().json()["transaction_id"]
                assert shop.wait_for(2)
            earlier.run("settle", "--now", "--wait")
            with Api(now.base_url, key) as api:
                settled = api.payment(auth_id)
            assert earlier.json("donate", "--amount", "12.00")["status"] == "SUCCEEDED"
        finally:
            earlier.run("down")
        try:
            now.up()
            with Api(now.base_url, key) as api:
                assert api.payment(auth_id) == settled | {"refunds": []}, (
                    "a field that the earlier version did not have"
                )
                again = api.authorize(10_00, key="of the earlier version")
                assert (again.content, again.headers["Idempotent-Replayed"]) == (made.content, "true")
                api.refund(capture, amount=1_00).raise_for_status()
                api.void(auth_id).raise_for_status()
                assert shop.wait_for(4), "the endpoint hears of what this version did"
                listed = api.http.get("/webhooks/endpoints").raise_for_status().json()["data"]
                assert [one["endpoint_id"] for one in listed] == [endpoint["endpoint_id"]]
                assert len(api.http.get("/settlements").raise_for_status().json()["data"]) == 1
            assert now.json("donations", "create", "--amount", "3.00")["status"] == "SUCCEEDED"
            assert now.run("audit").returncode == 0
            now.run("verify")
        finally:
            now.run("down")
