"""The app on a machine without the functions' Python: a version that nobody has.

All of prod is synthesized for it, so this runs when something of a synth has changed (tests/on_change.py). The rules
are in test_byte_code.py.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOBODYS = "3.99"


def synth(context: Mapping[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run `app.py` as the CDK CLI does, for functions on a Python that nobody has, and nobody has packages for."""
    packages = folder / "packages-sources"
    (packages / "python").mkdir(parents=True)
    (packages / "python" / "stand_in.py").touch()
    program = (
        f"import layers.build, pathlib, runpy; layers.build.LAMBDA_PYTHON = {NOBODYS!r}; "
        f"layers.build.VENDOR = pathlib.Path({str(folder / 'vendor')!r}); "
        f"layers.build.vendor_layer = lambda _: pathlib.Path({str(packages)!r}); "
        "runpy.run_path('app.py', run_name='__main__')"
    )
    told = {"CDK_OUTDIR": str(folder / "cdk.out"), "CDK_CONTEXT_JSON": json.dumps(context)}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **told},
        text=True,
        capture_output=True,
        check=False,
    )


@pytest.mark.full
def test_without_the_runtimes_python_the_app_warns_once_and_prod_is_not_deployed(tmp_path: Path) -> None:
    done = synth({"env": "prod"}, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("uv python install 3.99") == 1
    made = [json.loads(file.read_text()) for file in (tmp_path / "cdk.out").glob("*.template.json")]
    with_layers = [template for template in made if "AWS::Lambda::LayerVersion" in json.dumps(template)]
    assert len(with_layers) > 10
    for template in with_layers:
        (assertion,) = template["Rules"]["LayersHaveByteCode"]["Assertions"]
        assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "ByteCode"}, "accepted"]}
        assert template["Parameters"]["ByteCode"]["Default"] == "missing"
