"""`paysandbox lose` on the deployed sandbox: a shop with Stripe's SDK, in three versions."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox

pytestmark = pytest.mark.full

SHOP = str(Path(__file__).with_name("shop.py"))
BOOKS = shlex.join([sys.executable, SHOP, "books"])
FIRST, GIVEN_UP = "1-first-reset", "1-given-up-reset"


@pytest.mark.parametrize(
    "version, only, outcomes, found",
    [
        ("no-key", (), {FIRST: "no loss", GIVEN_UP: "lost"}, [("charged_too_much", 3750, "run again")]),
        ("order-key", (GIVEN_UP,), {GIVEN_UP: "no loss"}, []),
        ("believes", (GIVEN_UP,), {GIVEN_UP: "lost"}, [("paid_not_shown", 3750, "reset")]),
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
