"""Two sandboxes side by side, selected by name: neither sees or stops the other.

The second one starts from the image of the first: in seconds, at its own port, with its own secrets.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from cli.connection.target import Target, local_target
from cli.state.state_dir import StateDir
from paysandbox.core.ids import event_id
from tests.e2e.conftest import IMAGES, Sandbox
from tests.support.clients.api import Api
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def started(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """Start a sandbox named `shop` beside the session's, which made an image or was made from one."""
    try:
        yield json.loads(sandbox.run("--name", "shop", "up", "--json", apart=True).stdout)
    finally:
        sandbox.run("--name", "shop", "down", apart=True)


@pytest.fixture(scope="module")
def shop(started: dict[str, Any]) -> str:
    """Return its base URL."""
    return started["base_url"]


def secrets_of(target: Target) -> dict[str, str]:
    manager = target.client("secretsmanager")
    names = [secret["Name"] for secret in manager.list_secrets()["SecretList"]]
    return {name: manager.get_secret_value(SecretId=name)["SecretString"] for name in names}


def test_an_image_needs_no_deployment_and_has_no_secret(sandbox: Sandbox, started: dict[str, Any]) -> None:
    assert not {"synth", "layer"} & started["seconds"].keys()

    [home] = StateDir(sandbox.home).named()
    target = local_target(home, httpx.URL(started["base_url"]).port or 0, "us-east-1")
    theirs, ours = secrets_of(sandbox.target), secrets_of(target)
    assert theirs.keys() == ours.keys()
    assert len(ours) >= 2
    assert set(theirs.values()).isdisjoint(ours.values())
    assert sandbox.target.access_key != target.access_key
    files = [file.read_bytes() for file in IMAGES.rglob("*") if file.is_file()]
    for secret in (part for value in (*theirs.values(), *ours.values()) for part in re.findall(r"[\w+/]{43}=", value)):
        assert not any(secret.encode() in content for content in files)

    made = json.loads(sandbox.run("--name", "shop", "keys", "create", "--merchant", "second", "--json").stdout)
    with Api(started["base_url"], made["api_key"]) as api, receiver() as endpoint:
        assert api.http.get("/health").raise_for_status().json()["status"] == "ok"
        api.post("/webhooks/endpoints", {"url": endpoint.url, "events": ["*"]}).raise_for_status()
        event = event_id(api.authorize().raise_for_status().json()["auth_id"])
        until(lambda: event in endpoint.ids(), "the event")


def test_sandboxes_with_names_are_independent(sandbox: Sandbox, shop: str) -> None:
    assert shop != sandbox.base_url

    paid = json.loads(sandbox.run("--name", "shop", "pay", "authorize", "5.00", "--json").stdout)["transaction_id"]
    of_shop, of_default = (
        sandbox.run(*name, "pay", "list", "--json", "--limit", "100").stdout for name in (("--name", "shop"), ())
    )
    assert paid in of_shop
    assert paid not in of_default
    assert sandbox.run("pay", "list", "--json", PAYSANDBOX_NAME="shop").stdout == of_shop

    a_page_cannot_use_the_others_keys(sandbox, shop, paid)

    facts = json.loads(sandbox.run("--name", "shop", "status", "--json").stdout)
    assert facts["base_url"] == shop
    assert {row["api_key"] for row in facts["merchants"]}.isdisjoint(
        row["api_key"] for row in sandbox.json("status")["merchants"]
    )
    assert f"shop at {shop}" in sandbox.run("status").stdout

    assert json.loads(sandbox.run("--name", "shop", "down", "--json", apart=True).stdout)["was_running"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{shop}/health", timeout=5)
    assert httpx.get(f"{sandbox.base_url}/health", timeout=30).is_success

    again = json.loads(sandbox.run("--name", "shop", "up", "--json", apart=True).stdout)
    assert again["base_url"] == shop, "a stopped sandbox keeps its port"
    assert paid in sandbox.run("--name", "shop", "pay", "list", "--json").stdout


def a_page_cannot_use_the_others_keys(sandbox: Sandbox, shop: str, paid: str) -> None:
    """A page of the default sandbox, with that one's API key and access key, reads nothing of the other sandbox."""
    key = next(row["api_key"] for row in sandbox.json("status")["merchants"] if row["merchant"] == "demo")

    denied = httpx.get(f"{shop}/payments/{paid}", headers={"Origin": sandbox.base_url, "X-Api-Key": key}, timeout=30)
    assert denied.status_code == 401
    assert paid not in denied.text

    neighbor = replace(sandbox.target, aws_endpoint_url=shop.replace("127.0.0.1", "localhost"))
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        neighbor.client("dynamodb").list_tables()
