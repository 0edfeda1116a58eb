"""aa-stripe from PyPI, whose lost answers charged twice until its version 0.9.3.

Its command looks for an earlier charge with the same metadata, and compares the numbers that it sent with the texts
that Stripe returns. So a run after a lost answer charges again, unless the charge has an idempotency key.
"""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.tools.pinned_versions import Pinned, pinned, run

pytestmark = pytest.mark.full

PACKAGE = Path(__file__).with_name("aa_stripe")
EMPTY = "empty.sqlite3"
# Before 0.9.3, the list of earlier charges is the first call.
CHARGE = {"0.9.2": 2, "0.9.3": 1}
TWICE = {"kind": "charged_too_much", "words": "37.50 USD charged twice", "amount": 3750}


def words(it: Pinned, command: str) -> list[str]:
    """Return the words that run a command of the shop."""
    database = [str(it.folder / EMPTY)] if command in ("migrate", "reset") else []
    return [str(it.python), str(PACKAGE / "shop.py"), command, *database]


def migrate(it: Pinned) -> None:
    """Write the empty database of a version."""
    run(words(it, "migrate"), PYTHONPATH=str(it.folder))


@pytest.mark.parametrize("version, lost", [("0.9.2", [TWICE]), ("0.9.3", [])])
def test_lost_answer_of_the_charge(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, version: str, lost: list[dict[str, Any]]
) -> None:
    it = pinned(PACKAGE, version, migrate)
    cell = f"{CHARGE[version]}-given-up-reset"
    monkeypatch.setenv("PYTHONPATH", str(it.folder))
    done = sandbox.run(
        *("lose", "--only", cell, "--order-field", "object_id"),
        *("--reset", shlex.join(words(it, "reset")), "--state-command", shlex.join(words(it, "books"))),
        *("--json", "--", *words(it, "charge")),
        check=False,
    )
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["calls"][-1] == "POST /v1/charges"
    [tried] = report["cells"]
    assert (tried["cell"], tried["outcome"]) == (cell, "lost" if lost else "no loss"), done.stdout
    assert [{name: each[name] for name in TWICE} for each in tried["findings"]] == lost
    assert done.returncode == (1 if lost else 0)
