"""Requirements of a synth: only the wheels, no network, Docker or account; AWS assets contain the wheels for AWS."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from layers.build import LAMBDA_PYTHON, TRACING_PACKAGES, vendor_layer
from layers.reference import reference_files
from tests.infra.templates import FLAGS, ROOT
from tests.support.tools.binaries import compiled, misfits

# Both interpreters record an attempt in a file, since the caller may continue without an answer.
PYTHON_TELLS = """
import os, socket

def refuse(*_, **__):
    open(os.environ["TRIED"], "a").write("python\\n")
    raise OSError("there is no network here")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""
NODE_TELLS = """
const refuse = () => {
  require("fs").appendFileSync(process.env.TRIED, "node\\n");
  throw new Error("there is no network here");
};
require("net").Socket.prototype.connect = require("dns").lookup = refuse;
"""

# One process, so that node starts once. Node does not see variables set later, so the app gets them directly.
EACH_ENVIRONMENT = """
import functools, json, runpy, sys
import aws_cdk

out, flags, *names = sys.argv[1:]
app = aws_cdk.App
for name in names:
    context = {**json.loads(flags), "env": name}
    aws_cdk.App = functools.partial(app, outdir=f"{out}/{name}", context=context)
    runpy.run_path("app.py", run_name="__main__")
"""


# The others have fewer packages: dev has those for traces too.
OFFLINE = ("local", "dev")


def cut_off(folder: Path) -> dict[str, str]:
    """Return an environment with an empty PATH, no credentials, and no socket connections."""
    (folder / "sitecustomize.py").write_text(PYTHON_TELLS)
    (folder / "tells.js").write_text(NODE_TELLS)
    (folder / "empty").mkdir()
    return {
        "PATH": str(folder / "empty"),
        "PYTHONPATH": str(folder),
        "NODE_OPTIONS": f'--require="{folder}/tells.js"',
        "JSII_NODE": os.environ["JSII_NODE"],
        "HOME": str(Path.home()),  # jsii caches its unpacked files there
        "TRIED": str(folder / "tried"),
    }


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide the offline output of `app.py`, if `make build` has fetched the wheels."""
    for target in ("local", "aws"):
        vendor_layer(target)
    reference_files()
    folder = tmp_path_factory.mktemp("cut off")
    words = [sys.executable, "-c", EACH_ENVIRONMENT, str(folder / "out"), json.dumps(FLAGS), *OFFLINE]
    done = subprocess.run(words, cwd=ROOT, env=cut_off(folder), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (folder / "tried").exists()
    return folder / "out"


@pytest.mark.full
@pytest.mark.parametrize("name", OFFLINE)
def test_an_environment_synthesizes_without_network(out: Path, name: str) -> None:
    made = {file.name for file in (out / name).glob("*.template.json")}
    assert f"paysandbox-{name}-payments.template.json" in made


@pytest.mark.full
def test_an_aws_environment_uses_the_aws_build(out: Path) -> None:
    """`make up` builds for this machine, in a separate folder: none of that is in these assets."""
    assets = packed(out / "dev")
    assert [file.name for asset in assets for file in compiled(asset)]
    assert [said for asset in assets for said in misfits(asset, machine="aarch64", python=LAMBDA_PYTHON)] == []


@pytest.mark.full
def test_local_environment_uses_the_local_build(out: Path) -> None:
    # Without the X-Ray SDK, which is only in the layer of an environment with `tracing=full`.
    ours = {file.name for file in compiled(vendor_layer("local")) if file.parent.name not in TRACING_PACKAGES}
    assert {file.name for asset in packed(out / "local") for file in compiled(asset)} == ours


def packed(assembly: Path) -> set[Path]:
    """Return the folders that this environment's deployment would zip and upload."""
    told = [json.loads(file.read_text())["files"].values() for file in assembly.glob("*.assets.json")]
    sources = [asset["source"] for files in told for asset in files if asset["source"]["packaging"] == "zip"]
    return {(assembly / source["path"]).resolve(strict=True) for source in sources}


@pytest.mark.parametrize(
    "words, told",
    [
        ([sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"], "python"),
        ([os.environ["JSII_NODE"], "-e", "require('http').get('http://127.0.0.1:9')"], "node"),
    ],
    ids=["python", "node"],
)
def test_network_access_is_detected(tmp_path: Path, words: list[str], told: str) -> None:
    done = subprocess.run(words, env=cut_off(tmp_path), capture_output=True, text=True, check=False)
    assert "there is no network here" in done.stderr
    assert (tmp_path / "tried").read_text().split() == [told]
