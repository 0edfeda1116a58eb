"""Requests that are too large or too slow cost their neighbors nothing (load_tests/hostile.py sends them)."""

import json
import subprocess
import sys
import threading
from typing import Any

import httpx
import psutil
import pytest

from cli.deploy.installation import ROOT
from cli.state.state_dir import StateDir
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.browser import Page
from tests.support.fakes.wire import Reply, served
from tests.support.tools.waiting import until

SECONDS = 5
GROWTH_MAX = 50_000_000

STATUSES = {
    "body": {"413"},
    "body of Stripe's": {"413"},
    "signed body": {"403"},
    "header": {"431"},
    "chunks": {"413", "503"},  # 503 while the stalled bodies are as many as the engine holds
    "tiny chunks": {"closed", "503"},
    "stalled body": {"503", "closed"},
    "slow": {"closed"},
}


class Neighbor:
    """A client that asks for /health all the time, and the engine's memory meanwhile."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._engine = psutil.Process(json.loads(StateDir(sandbox.home).engine_lock.read_text())["pid"])
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.statuses: list[int] = []
        self.grown = 0

    def __enter__(self) -> "Neighbor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _ask(self) -> None:
        before = self._engine.memory_info().rss
        with httpx.Client(base_url=self._sandbox.base_url, timeout=60) as http:
            while not self._ended.wait(0.02):
                self.statuses.append(http.get("/health").status_code)
                self.grown = max(self.grown, self._engine.memory_info().rss - before)


@pytest.mark.full
def test_large_and_slow_requests_cost_a_neighbor_nothing(sandbox: Sandbox, api: Api) -> None:
    words = [sys.executable, "-m", "load_tests.hostile", str(sandbox.port), str(SECONDS)]
    with (
        Neighbor(sandbox) as neighbor,
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as attackers,
    ):
        until(lambda: neighbor.statuses, "a response beside them")
        api.authorize().raise_for_status()
        printed, _ = attackers.communicate(timeout=120)
    responses: dict[str, dict[str, int]] = json.loads(printed)["responses"]

    unexpected = {kind: {*counts} - STATUSES[kind] - {"stopped"} for kind, counts in responses.items()}
    assert not any(unexpected.values()), unexpected
    assert responses.keys() == STATUSES.keys()
    assert {*neighbor.statuses} == {200}
    assert len(neighbor.statuses) > SECONDS
    assert neighbor.grown < GROWTH_MAX


PAGE = """<script>
const body = new Blob([new Uint8Array(70_000_000)]);
const one = path => fetch("{address}" + path, {{method: "POST", body, mode: "no-cors"}}).catch(() => 0);
Promise.all(["/inbox/x", "/v1/payment_intents", "/payments/authorize", "/"].map(one))
  .then(() => {{ document.title = "sent"; }});
</script>"""


@pytest.mark.full
def test_large_requests_of_a_page_cost_a_neighbor_nothing(page: Page, sandbox: Sandbox) -> None:
    def answer(_: Any) -> Reply:
        return Reply(200, PAGE.format(address=sandbox.base_url), {"Content-Type": "text/html"})

    with served(answer) as wire, Neighbor(sandbox) as neighbor:
        page.open(f"{wire.base_url}/")
        page.arrive("document.title === 'sent'")
        seen = len(neighbor.statuses)
        until(lambda: len(neighbor.statuses) > seen + 10, "further responses")
    assert {*neighbor.statuses} == {200}
    assert neighbor.grown < GROWTH_MAX
