"""`paysandbox lose --webhooks` on the deployed sandbox: a shop that learns of its payments by webhooks."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox

pytestmark = pytest.mark.full

SHOP = shlex.join([sys.executable, str(Path(__file__).with_name("webhook_shop.py"))])
CREATED, SUCCEEDED = "event-3", "event-4"
"""The events of the one payment: charge.succeeded, charge.updated, payment_intent.created and .succeeded."""


@pytest.mark.parametrize(
    "version, recovers, green, red",
    [
        ("hardened", True, ("duplicate", "reorder", "late", "drop", "before-answer"), {}),
        ("hardened", False, ("late",), {"drop": ("paid_not_shown", 3750)}),
        ("adds", True, ("bad-signature",), {"duplicate": ("shipped_unpaid", 3750)}),
        ("unsigned", True, ("duplicate",), {"twin": ("shipped_unpaid", 3750)}),
        ("known", False, (), {"before-answer": ("paid_not_shown", 3750)}),
    ],
)
def test_a_webhook_is_disturbed(
    sandbox: Sandbox, version: str, *, recovers: bool, green: tuple[str, ...], red: dict[str, tuple[str, int]]
) -> None:
    cells = [
        *(f"{SUCCEEDED}-{fault}" for fault in (*green, *red)),
        *([f"{CREATED}-duplicate"] if "duplicate" in red else []),
    ]
    recover = ("--recover", f"{SHOP} recover") if recovers else ()
    done = sandbox.run(
        *("lose", "--webhooks", "http://127.0.0.1:{port}/hooks", "--server", f"{SHOP} serve {version}"),
        *("--state-command", f"{SHOP} books", *recover, "--jobs", "3", "--json"),
        *(word for cell in cells for word in ("--only", cell)),
        *("--", *shlex.split(SHOP), "pay"),
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["events"] == [
        "charge.succeeded",
        "charge.updated",
        "payment_intent.created",
        "payment_intent.succeeded",
    ]
    found = {
        cell["cell"]: [(each["kind"], each["amount"]) for each in cell["findings"]]
        for cell in report["cells"]
        if cell["outcome"] != "no loss"
    }
    assert found == {f"{SUCCEEDED}-{fault}": [finding] for fault, finding in red.items()}, done.stdout
    assert len(report["cells"]) == len(cells)
    assert done.returncode == (1 if red else 0)
