"""`paysandbox verify` on a deployed sandbox: every promise in its table holds, and nothing secret is written down."""

import json
from pathlib import Path

from tests.e2e.conftest import Sandbox
from tests.support.api import CARD


def test_all_that_is_promised_holds(sandbox: Sandbox, tmp_path: Path) -> None:
    done = sandbox.run("verify", "--report", str(tmp_path / "report.md"), "--json", check=False)

    report = json.loads(done.stdout)
    assert [check for check in report["checks"] if check["outcome"] != "passed"] == []
    assert (done.returncode, report["passed"], report["environment"]) == (0, True, "local")
    written = (tmp_path / "report.md").read_text() + done.stdout + done.stderr
    assert "sk_test_" not in written
    assert CARD["number"] not in written
    merchants = {key["merchant"] for key in sandbox.json("keys", "list")}
    assert [name for name in merchants if name.startswith("verify-")] == []
