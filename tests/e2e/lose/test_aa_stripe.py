"""aa-stripe from PyPI, whose lost answers charged twice until its version 0.9.3.

Its command looks for an earlier charge with the same metadata, and compares the numbers that it sent with the texts
that Stripe returns. So a run after a lost answer charges again, unless the charge has an idempotency key.
"""

import json
import shlex
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.tools.aa_stripe import shop

pytestmark = pytest.mark.full

# Before 0.9.3, the list of earlier charges is the first call.
CHARGE = {"0.8.6": 2, "0.9.2": 2, "0.9.3": 1}
TWICE = {"kind": "charged_too_much", "words": "37.50 USD charged twice", "amount": 3750}


@pytest.mark.parametrize("version, lost", [("0.8.6", [TWICE]), ("0.9.2", [TWICE]), ("0.9.3", [])])
def test_lost_answer_of_the_charge(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, version: str, lost: list[dict[str, Any]]
) -> None:
    it = shop(version)
    cell = f"{CHARGE[version]}-given-up-reset"
    for name, value in it.variables.items():
        monkeypatch.setenv(name, value)
    done = sandbox.run(
        *("lose", "--only", cell, "--order-field", "object_id"),
        *("--reset", shlex.join(it.words("reset")), "--state-command", shlex.join(it.words("books"))),
        *("--json", "--", *it.words("charge")),
        check=False,
    )
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["calls"][-1] == "POST /v1/charges"
    [tried] = report["cells"]
    assert (tried["cell"], tried["outcome"]) == (cell, "lost" if lost else "no loss"), done.stdout
    assert [{name: each[name] for name in TWICE} for each in tried["findings"]] == lost
    assert done.returncode == (1 if lost else 0)
