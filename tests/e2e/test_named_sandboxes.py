"""Two sandboxes side by side, selected by name: neither sees or stops the other."""

import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.e2e.conftest import Sandbox


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[str]:
    """Start a sandbox named `shop` beside the session's. Return its base URL."""
    try:
        yield json.loads(sandbox.run("--name", "shop", "up", "--json", apart=True).stdout)["base_url"]
    finally:
        sandbox.run("--name", "shop", "down", apart=True)


@pytest.mark.full
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
