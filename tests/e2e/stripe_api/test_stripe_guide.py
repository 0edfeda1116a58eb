"""The guides to Stripe's SDKs: the lines that point a client at the sandbox, and the Node program."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.tools.tiers import full_but

DOCS = Path(__file__).resolve().parents[3] / "docs"
NODE = Path(sys.executable).parent / "node"
GUIDE = (DOCS / "how-to" / "use-stripe-sdks.md").read_text()
PAYMENTS = (DOCS / "how-to" / "stripe-payments.md").read_text()
PROGRAMS = {
    "Python": "import stripe\nclient = {}\nprint(client.v1.payment_intents.create({}).amount)",
    "Node": 'import Stripe from "stripe"; const made = await ({}).paymentIntents.create({}); console.log(made.amount);',
}
INTENT = {"amount": 2000, "currency": "usd"}


@pytest.mark.parametrize("language", full_but(PROGRAMS, keep=lambda language: language == "Node"))
def test_the_line_for_a_language_points_its_client_at_the_sandbox(language: str, sandbox: Sandbox, api: Api) -> None:
    [line] = re.findall(rf"^(.+?) +(?://|#) {language}$", GUIDE, re.MULTILINE)
    for shown, ours in (("sk_test_demo_…", api.api_key), ("4610", str(sandbox.port))):
        assert shown in line
        line = line.replace(shown, ours)
    program = PROGRAMS[language].format(line, json.dumps(INTENT))
    words = [sys.executable, "-c"] if language == "Python" else [str(NODE), "--input-type=module", "--eval"]
    done = subprocess.run([*words, program], cwd=DOCS, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "2000"), done.stderr


def test_the_node_shop_prints_the_documented_output(sandbox: Sandbox, api: Api) -> None:
    done = subprocess.run(
        [NODE, DOCS / "consumers" / "stripe_shop.mjs"],
        env=os.environ | {"PAYSANDBOX_BASE_URL": sandbox.base_url, "PAYSANDBOX_API_KEY": api.api_key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shown = re.search(r"It prints:\n\n```\n(.*?)```", PAYMENTS, re.DOTALL)
    assert shown is not None
    assert done.stdout == shown[1]
