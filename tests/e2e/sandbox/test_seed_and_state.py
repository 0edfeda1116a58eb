"""A seeded state, saved and restored: the objects, keys and clock of that moment, and nothing of what came since."""

import json
import os
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.sandbox import engine
from cli.state.state_dir import StateDir
from tests.e2e.conftest import PROGRAM, Sandbox
from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.tools.blocks import blocks
from tests.support.tools.waiting import until
from tests.support.worlds.engine_processes import engine_processes

pytestmark = pytest.mark.full

GUIDE = "docs/how-to/reset-and-seed.md"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide the guide's file, with a time of tomorrow."""
    [block] = [block for block in blocks("toml") if block.file == GUIDE]
    tomorrow = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    file = tmp_path_factory.mktemp("seed") / "shop.toml"
    text = block.text.replace("2027-06-01T09:00:00Z", tomorrow.isoformat())
    assert text != block.text
    file.write_text(text)
    return file


def counts(sandbox: Sandbox, key: str) -> dict[str, int]:
    """Return how many objects of each kind a merchant has."""
    with sdk_on(sandbox.base_url, key) as sdk:
        lists: dict[str, Any] = {
            "customers": sdk.v1.customers,
            "products": sdk.v1.products,
            "prices": sdk.v1.prices,
            "payments": sdk.v1.payment_intents,
            "refunds": sdk.v1.refunds,
            "subscriptions": sdk.v1.subscriptions,
            "webhook_endpoints": sdk.v1.webhook_endpoints,
        }
        return {name: len(service.list({"limit": 100}).data) for name, service in lists.items()}


def test_a_suite_begins_from_the_same_state(own_sandbox: Sandbox, shop: Path) -> None:
    it = own_sandbox
    key = it.json("keys", "create", "--merchant", "seeded", "--plan", "load")["api_key"]
    seeded = it.json("seed", str(shop), "--merchant", "seeded")
    statuses = {name: made["status"] for name, made in seeded["payments"].items()}
    assert statuses == {"paid": "succeeded", "held": "requires_capture", "declined": "requires_payment_method"}
    assert seeded["webhook_endpoints"]["shop"]["secret"].startswith("whsec_")
    assert seeded["subscriptions"]["ada"]["status"] == "active"
    whole = {
        "customers": 1,
        "products": 1,
        "prices": 2,
        "payments": 4,  # that of the subscription's first invoice too
        "refunds": 1,
        "subscriptions": 1,
        "webhook_endpoints": 1,
    }
    assert counts(it, key) == whole

    again = it.json("seed", str(shop), "--merchant", "seeded")
    assert not any(made["new"] for kind in again.values() for made in kind.values())
    assert {name: made["id"] for name, made in again["payments"].items()} == {
        name: made["id"] for name, made in seeded["payments"].items()
    }
    assert counts(it, key) == whole

    before = it.json("clock", "show")["offset_s"]
    it.json("state", "save", "shop")
    later_key = it.json("keys", "create", "--merchant", "later")["api_key"]
    it.json("clock", "advance", "3d")
    with Api(it.base_url, key) as api:
        later = api.authorize(1250).raise_for_status().json()["auth_id"]

    for _ in range(2):
        restored = json.loads(it.run("state", "restore", "shop", "--json", apart=True).stdout)
        assert restored["base_url"] == it.base_url
        assert restored["seconds"] < 30, restored
        assert counts(it, key) == whole
        assert it.json("clock", "show")["offset_s"] == before
        with Api(it.base_url, key) as api:
            assert api.http.get(f"/payments/{later}").status_code == 404
            paid = api.authorize(1250).raise_for_status().json()["auth_id"]
            assert api.payment(paid)["status"] == "approved"
        answer = httpx.get(f"{it.base_url}/payments", headers={"X-Api-Key": later_key}, timeout=30)
        assert answer.status_code in (401, 403)

    up = json.loads(it.run("up", "--port", str(it.port), "--json").stdout)
    assert up["changed"] == {}, "what is deployed is part of the state"


# At the last, the new engine loads the state.
KILLED_AFTER = (0.25, 0.4, 0.55, 0.8)


def test_a_killed_restore_is_repeated_and_leaves_one_engine(own_sandbox: Sandbox) -> None:
    """It is killed after these parts of the time that a whole one takes."""
    it = own_sandbox
    key = it.json("keys", "create", "--merchant", "killed", "--plan", "load")["api_key"]
    with Api(it.base_url, key) as api:
        paid = api.authorize(1250).raise_for_status().json()["auth_id"]
    it.json("state", "save", "paid")
    began = time.monotonic()
    it.run("state", "restore", "paid", apart=True)
    whole_s = time.monotonic() - began
    for part in KILLED_AFTER:
        with Api(it.base_url, key) as api:
            later = api.authorize(1250).raise_for_status().json()["auth_id"]
        variables = os.environ | {"PAYSANDBOX_HOME": str(it.home)}
        with subprocess.Popen([PROGRAM, "state", "restore", "paid"], env=variables) as program:
            with suppress(subprocess.TimeoutExpired):
                program.wait(part * whole_s)
            program.kill()
        it.run("state", "restore", "paid", apart=True)
        with Api(it.base_url, key) as api:
            assert api.payment(paid)["status"] == "approved"
            assert api.http.get(f"/payments/{later}").status_code == 404
        running = engine.running(StateDir(it.home))
        assert running is not None
        pids = [running.pid]
        until(lambda: engine_processes(it.home) == pids, "the end of every other engine")  # noqa: B023 - called here
