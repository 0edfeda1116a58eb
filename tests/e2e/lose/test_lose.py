"""`paysandbox lose` on the deployed sandbox: a shop with Stripe's SDK, in three versions."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.tools.blocks import blocks

pytestmark = pytest.mark.full

SHOP = str(Path(__file__).with_name("shop.py"))
BOOKS = shlex.join([sys.executable, SHOP, "books"])
GUIDE = "docs/how-to/lose-answers.md"
KEY = '{"idempotency_key": "pay-" + order["reference"]}'
SHOWN = (
    "✗ call 1, first answer lost to a reset connection, run again: 37.50 USD charged twice\n",
    "  run: exit code 1\n",
    "    order-1042: ledger 75.00 USD, books 37.50 USD (auth_",
    "  Likely cause: POST /v1/payment_intents (call 1) was repeated under another idempotency key. ",
)
"""Of the output that the guide shows, what is the same in every run."""
FIRST, GIVEN_UP = "1-first-reset", "1-given-up-reset"


@pytest.mark.parametrize(
    "version, only, outcomes, found",
    [
        ("no-key", (), {FIRST: "no loss", GIVEN_UP: "lost"}, [("charged_too_much", 3750, "run again")]),
        ("order-key", (GIVEN_UP,), {GIVEN_UP: "no loss"}, []),
        (
            "believes",
            (GIVEN_UP,),
            {GIVEN_UP: "lost"},
            [("paid_not_shown", 3750, "every answer lost to a reset connection")],
        ),
    ],
)
def test_shop(
    sandbox: Sandbox,
    version: str,
    only: tuple[str, ...],
    outcomes: dict[str, str],
    found: list[tuple[str, int, str]],
) -> None:
    options = [word for cell in only for word in ("--only", cell)]
    done = sandbox.run(
        *("lose", "--state-command", BOOKS, *options, "--json", "--", sys.executable, SHOP, "pay", version), check=False
    )
    report: dict[str, Any] = json.loads(done.stdout)
    cells: list[dict[str, Any]] = report["cells"]
    assert {cell["cell"]: cell["outcome"] for cell in cells} == outcomes, done.stdout
    assert [
        (each["kind"], each["amount"], cell["where"].rpartition(", ")[2]) for cell in cells for each in cell["findings"]
    ] == found
    assert done.returncode == (1 if found else 0)
    assert not [key for key in sandbox.json("keys", "list")["data"] if (key["merchant"] or "").startswith("lose-")]


@pytest.mark.parametrize("key, lines", [("", SHOWN), (f"{KEY},", ("No loss found. 1 lost nothing.",))])
def test_guide(sandbox: Sandbox, tmp_path: Path, key: str, lines: tuple[str, ...]) -> None:
    [program] = [block for block in blocks("python") if block.file == GUIDE]
    [output] = [block for block in blocks("console") if (block.file, block.section) == (GUIDE, "Run it")]
    assert [line for line in SHOWN if line not in output.text] == []
    file = tmp_path / "checkout.py"
    file.write_text(program.text.replace("        },\n    )", f"        }},\n{key})"))
    state = shlex.join([sys.executable, str(file), "books"])
    only = ("--only", "1-first-reset", "--seed", "7")
    done = sandbox.run(*("lose", "--state-command", state, *only, "--", sys.executable, str(file)), check=False)
    assert [line for line in lines if line not in done.stdout] == [], done.stdout
