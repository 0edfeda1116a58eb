"""The wheel, for a user who has neither the repository nor Node.js: from its installation to a payment."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.clients.api import Api
from tests.support.clients.stripe_node import node
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.fakes.receiver import Receiver, receiver
from tests.support.tools.blocks import blocks
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until
from tests.support.tools.wheel import BUILD_S, START_S, Installed


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """Provide a user who has the wheel, and no Node.js. Teardown stops the sandbox."""
    it = Installed.in_folder(tmp_path_factory.mktemp("wheel") / "a user")
    assert shutil.which("node", path=str(it.programs)) is None
    try:
        yield it
    finally:
        it.run("paysandbox", "down")


def event_types(shop: Receiver) -> set[str]:
    """Return the types of the events that a receiver has got."""
    return {json.loads(one.body)["type"] for one in shop.received}


def processes_in(folder: Path) -> list[str]:
    """Return the command lines of the processes that name a file in the folder."""
    lines = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if str(folder) in line]


@pytest.mark.full
@pytest.mark.timeout(BUILD_S + 3 * START_S)
def test_a_wheel_starts_a_sandbox_that_takes_payments(installed: Installed) -> None:
    port = free_port()
    [installation] = [block.text for block in blocks("") if block.text.startswith("uv tool install")]
    first = installed.type(installation, PAYSANDBOX_PORT=str(port))

    assert {"tools", "layer", "synth", "deploy"} <= {*re.findall(r"^✓ (\w+)", first.stderr, re.MULTILINE)}
    packages = {path.name for path in installed.tools.glob("paysandbox/lib/python*/site-packages/*")}
    assert packages & {"typer", "aws_cdk"} == {"typer"}
    assert (installed.home / ".paysandbox").is_dir()
    status = json.loads(installed.run("paysandbox", "status", "--json").stdout)
    assert status["base_url"] == f"http://127.0.0.1:{port}"
    made = json.loads(installed.run("paysandbox", "keys", "create", "--merchant", "shop", "--json").stdout)
    with Api(status["base_url"], made["api_key"]) as api:
        paid = api.authorize(1250).raise_for_status().json()
        api.capture(paid["auth_id"]).raise_for_status()
        assert len(api.http.get("/docs/swagger-ui-bundle.js").raise_for_status().content) > 1_000_000
        assert api.http.get("/dashboard/").raise_for_status().headers["Content-Type"].startswith("text/html")
    with sdk_on(status["base_url"], made["api_key"]) as sdk:
        intent = sdk.v1.payment_intents.create(
            {"amount": 1250, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        )
    assert intent.status == "succeeded"
    with (
        receiver() as shop,
        installed.running("paysandbox", "listen", "--merchant", "shop", "--forward-to", shop.url) as listener,
    ):
        assert listener.stdout is not None
        assert any("Forwarding to" in line for line in listener.stdout)
        paid_with_node = node(str(port), made["api_key"], "pays")
        assert paid_with_node.returncode == 0, paid_with_node.stderr.decode()
        until(lambda: "payment_captured" in event_types(shop), "the webhook of the payment")

    installed.run("paysandbox", "down")
    with pytest.raises(httpx.ConnectError):
        httpx.get(status["base_url"], timeout=1)
    assert processes_in(installed.folder) == []
    found = json.loads(installed.run("paysandbox", "docs", "search", "lost", "answer", "--json").stdout)
    assert found["data"][0]["page"] == "how-to/lose-answers"

    again = json.loads(installed.run("paysandbox", "up", "--json").stdout)
    assert not {"layer", "synth", "image"} & again["seconds"].keys()
    with Api(status["base_url"], made["api_key"]) as api:
        assert api.payment(paid["auth_id"])["status"] == "captured"
