"""@stripe/mcp from npm, in its last version that calls the API itself: an agent's repeated refund is made twice.

Its tool `create_refund` passes no idempotency key on. stripe-node makes one for its own retries, so what costs money
is the cell in which all of them are lost: the agent reads "Failed to create refund", and calls the tool again.
"""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.tools.blocks import blocks
from tests.support.tools.node_package import locked_packages

pytestmark = pytest.mark.full

PACKAGE = Path(__file__).with_name("stripe_mcp")
GUIDE = "docs/how-to/lose-answers.md"
SERVER = "npx @stripe/mcp --tools=all"
SHOWN = (
    "✗ call 1, every answer lost to a reset connection, run again: 30.00 USD refunded too much\n",
    '  run: create_refund failed: "Failed to create refund"\n',
    "    order-1042: ledger 40.00 USD (auth_",
    "  Likely cause: POST /v1/refunds (call 1) has no idempotency key of its own: ",
    (
        "1 loses money: 30.00 USD refunded too much (call 1, every answer lost to a reset connection, run again). "
        "1 lost nothing.\n"
    ),
    "Tool create_refund, called: readOnlyHint false, destructiveHint false, idempotentHint false\n",
    "21 other tools: ",
)
"""Of the output that the guide shows, what is the same in every run."""


def server(tools: str) -> str:
    """Return the command that starts the server."""
    node = Path(sys.executable).with_name("node")
    return shlex.join([str(node), str(locked_packages(PACKAGE) / "@stripe/mcp/dist/index.js"), f"--tools={tools}"])


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """Provide the guide's plan: a refund of 30 of 100 USD."""
    [block] = [block for block in blocks("toml") if block.file == GUIDE]
    file = tmp_path / "refund.toml"
    file.write_text(block.text)
    return file


def test_its_refund_is_made_twice(sandbox: Sandbox, plan: Path) -> None:
    done = sandbox.run("lose", "--mcp", server("refunds.create"), "--plan", str(plan), "--json", check=False)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["calls"] == ["POST /v1/refunds"]
    cells = {cell["cell"]: cell for cell in report["cells"]}
    assert {name: cell["outcome"] for name, cell in cells.items()} == {
        "1-first-reset": "no loss",
        "1-given-up-reset": "lost",
    }, done.stdout
    [found] = cells["1-given-up-reset"]["findings"]
    assert (found["kind"], found["reference"], found["currency"], found["amount"]) == (
        "refunded_too_much",
        "order-1042",
        "USD",
        3000,
    )
    assert "no idempotency key" in cells["1-given-up-reset"]["likely_cause"]
    [refund] = report["tools"]
    assert (refund["name"], refund["hints"]["idempotentHint"], refund["refuted"]) == ("create_refund", False, None)
    assert done.returncode == 1


def test_guide(sandbox: Sandbox, plan: Path) -> None:
    [output] = [block for block in blocks("console") if block.file == GUIDE and SERVER in block.text]
    assert [line for line in SHOWN if line not in output.text] == []
    done = sandbox.run("lose", "--mcp", server("all"), "--plan", str(plan), "--seed", "7", check=False)
    assert [line for line in SHOWN if line not in done.stdout] == [], done.stdout
