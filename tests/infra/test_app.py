"""`app.py`, started as by the CDK CLI."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.templates import ROOT


def start(tmp_path: Path, **context: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "JSII_NODE": os.environ["JSII_NODE"],
        "CDK_OUTDIR": str(tmp_path),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    return subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, text=True, capture_output=True, check=False
    )


@pytest.mark.full
def test_an_unknown_environment_is_an_error_message(tmp_path: Path) -> None:
    done = start(tmp_path, env="production")
    assert done.returncode == 1
    assert done.stderr.strip() == "there is no environment 'production'; choose one of local, dev, staging, prod"
    assert not list(tmp_path.glob("*.template.json"))


def test_cdk_json_builds_the_packaged_assets() -> None:
    told = json.loads((ROOT / "cdk.json").read_text())
    assert told["build"] == "make build"
    assert "app.py" in told["app"]
