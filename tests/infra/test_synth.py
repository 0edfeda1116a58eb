"""Requirements of a synth: the wheel's sources in a folder, without this checkout, and what `make build` installs.

No network, Docker or account is needed, and AWS assets contain the packages for AWS.
"""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cli.connection.target import Target
from cli.deploy.cdk import PROGRAMS, synthesize
from cli.deploy.eject import eject
from cli.deploy.installation import Wheel
from cli.deploy.sources import WheelSources, read_sources
from cli.state.state_dir import StateDir
from layers.build import LAMBDA_PYTHON, TRACING_PACKAGES, vendor_layer
from tests.infra.templates import FLAGS, ROOT
from tests.support.tools.binaries import compiled, misfits
from tests.support.tools.wheel import BUILD_S, wheel

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

# One process, so that node starts once. Node does not see variables set later, so the app gets them directly. Of this
# checkout, only the virtual environment stays on the path. Prints the modules that were loaded from elsewhere.
EACH_ENVIRONMENT = """
import functools, json, runpy, sys
from pathlib import Path

checkout, out, flags, *names = sys.argv[1:]
folder = Path.cwd()
packages = [path for path in sys.path if "site-packages" in path or not Path(path).is_relative_to(checkout)]
sys.path[:] = [str(folder), f"{folder}/layers/shared/python", f"{folder}/lambdas", *packages]
import aws_cdk

app = aws_cdk.App
for name in names:
    context = {**json.loads(flags), "env": name}
    aws_cdk.App = functools.partial(app, outdir=f"{out}/{name}", context=context)
    runpy.run_path("app.py", run_name="__main__")
ours = ("api_reference", "cli", "dashboard_site", "engine", "layers", "paysandbox", "stacks")
loaded = [module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] in ours]
print(json.dumps([file for file in loaded if file and not Path(file).is_relative_to(folder)]))
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
def ejected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide the wheel's sources in a folder, with the packages that `make build` would install there."""
    folder, installed = tmp_path_factory.mktemp("ejected"), tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(wheel()) as built:
        built.extractall(installed)
    files = dict(WheelSources(Wheel(installed / "paysandbox_program")).files())
    assert files == dict(read_sources())
    eject(folder, files.items())
    for target in ("local", "aws"):
        vendor_layer(target)
    for name in ("layers/vendor", "node_modules"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture(scope="module")
def out(ejected: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide the offline output of `app.py`."""
    folder = tmp_path_factory.mktemp("cut off")
    words = [sys.executable, "-c", EACH_ENVIRONMENT, str(ROOT), str(folder / "out"), json.dumps(FLAGS), *OFFLINE]
    done = subprocess.run(words, cwd=ejected, env=cut_off(folder), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (folder / "tried").exists()
    assert json.loads(done.stdout.splitlines()[-1]) == [], "modules of the checkout"
    return folder / "out"


@pytest.mark.full
@pytest.mark.timeout(BUILD_S + 120)
@pytest.mark.parametrize("name", OFFLINE)
def test_an_ejected_folder_synthesizes_without_network(out: Path, name: str) -> None:
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


@pytest.mark.full
@pytest.mark.timeout(180)
def test_the_local_assembly_is_the_one_of_the_cdk_cli(tmp_path: Path) -> None:
    """`up` runs the app without the CLI, with the variables that the CLI would set."""
    context = {"env": "local", "port": "4610"}
    home = StateDir(tmp_path / "home")
    home.make()
    with (tmp_path / "log").open("w") as log:
        synthesize(Target("local", "us-east-1", "http://localhost:4610", None, None), home, context, log=log)
    words = [str(ROOT / "node_modules/.bin/cdk"), "synth", "--quiet", "--build=true", "--no-validation", "--no-notices"]
    for name, value in context.items():
        words += ["-c", f"{name}={value}"]
    variables = {
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(Path.home()),
        "CDK_HOME": str(tmp_path / "cdk"),
        "CDK_DISABLE_VERSION_CHECK": "true",
    }
    subprocess.run([*words, "--output", str(tmp_path / "of the CLI")], cwd=ROOT, env=variables, check=True)

    assert files_in(home.cloud_assembly) == files_in(tmp_path / "of the CLI")


def files_in(folder: Path) -> dict[str, str]:
    """Return the digest of each file in a folder, by its path there."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
