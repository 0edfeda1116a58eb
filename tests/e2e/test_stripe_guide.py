"""The Node program in the guide to Stripe's SDKs, which must behave as the guide says."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Sandbox
from tests.support.api import Api

DOCS = Path(__file__).resolve().parents[2] / "docs"
NODE = Path(sys.executable).parent / "node"


def test_the_shop_in_node_prints_what_the_guide_shows(sandbox: Sandbox, api: Api) -> None:
    done = subprocess.run(
        [NODE, DOCS / "consumers" / "stripe_shop.mjs"],
        env=os.environ | {"PAYSANDBOX_BASE_URL": sandbox.base_url, "PAYSANDBOX_API_KEY": api.api_key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shown = re.search(r"It prints:\n\n```\n(.*?)```", (DOCS / "how-to" / "use-stripe-sdks.md").read_text(), re.DOTALL)
    assert shown is not None
    assert done.stdout == shown[1]
