"""The GitHub action: linted, and its scripts run by bash. tests/e2e starts a sandbox with them."""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from tests.support.tools.workflows import ROOT, Workflow, actions_are_pinned, zizmor

ACTION = ROOT / "action.yml"
SCRIPTS = sorted((ROOT / "action").iterdir())
SAYS = yaml.safe_load(ACTION.read_text())
STEPS = SAYS["runs"]["steps"]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Return a function that runs a script of a checkout, as a step with these inputs."""

    def run(name: str, root: Path = ROOT, **inputs: str) -> "subprocess.CompletedProcess[str]":
        outputs = {f"GITHUB_{kind}": str(tmp_path / kind) for kind in ("ENV", "OUTPUT", "PATH")}
        step = {"VERSION": "", "PORT": "4610", "WAIT": "60", "PAYSANDBOX_FOLDER": str(tmp_path / "folder")}
        return subprocess.run(
            ["bash", root / "action" / name],
            env={"PATH": "/usr/bin:/bin"} | outputs | step | inputs,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )

    return run


def test_the_linter_finds_nothing() -> None:
    done = zizmor(ACTION)
    assert done.returncode == 0, done.stdout
    assert ACTION.name in done.stdout + done.stderr, "it was looked at"


def test_used_actions_are_pinned() -> None:
    assert any("uses" in step for step in STEPS)
    assert list(actions_are_pinned(Workflow(ACTION.name, ACTION.read_text(), SAYS))) == []


def test_scripts_get_inputs_as_variables() -> None:
    """A script that contained an input's text would run it."""
    given = {name: value for step in STEPS for name, value in step.get("env", {}).items()}
    assert given == {name.upper(): f"${{{{ inputs.{name} }}}}" for name in SAYS["inputs"] if name != "cache"}
    assert [step for step in STEPS if "${{" in step.get("run", "")] == []
    run = [step["run"] for step in STEPS if "run" in step]
    assert sorted(run) == [f'bash "$GITHUB_ACTION_PATH/action/{script.name}"' for script in SCRIPTS]


def test_every_output_is_written_by_its_step() -> None:
    by_id = {step["id"]: step["run"] for step in STEPS if "id" in step}
    named = re.findall(r"\$\{\{ steps\.(\w+)\.outputs\.([\w-]+) \}\}", ACTION.read_text())
    assert len(named) == 4
    for step, output in named:
        [script] = [script for script in SCRIPTS if script.name in by_id[step]]
        assert re.search(rf"^ +echo \"{output}(=|<<)", script.read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    "inputs, message",
    [
        ({"PORT": "4610; id"}, "The input port is '4610; id', which is not a number."),
        ({"WAIT": "5m"}, "The input wait is '5m', which is not a number of seconds."),
        ({"VERSION": "$(id)"}, "The input version is '$(id)', which is not a version."),
    ],
)
def test_invalid_inputs_fail_the_step(run, inputs: Mapping[str, str], message: str, tmp_path: Path) -> None:
    done = run("start.sh", **inputs)
    assert done.returncode == 1
    assert done.stdout == f"::error title=Payments sandbox::{message}\n"
    assert not (tmp_path / "OUTPUT").exists()


@pytest.mark.full
def test_an_unknown_version_fails_the_step(run, tmp_path: Path) -> None:
    done = run("start.sh", VERSION="0.0.0", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path))
    assert done.returncode == 1
    assert "paysandbox==0.0.0" in done.stderr
    assert "The sandbox did not start; the reason is above." in done.stdout


# --- the cache --------------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the scripts and one more file."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "action", root / "action")
    (root / "app.py").write_text("one")
    return root


def test_a_key_belongs_to_the_sources(run, checkout: Path, tmp_path: Path) -> None:
    first = key(run("cache_key.sh", checkout), tmp_path)
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").write_text("installed")
    assert key(run("cache_key.sh", checkout), tmp_path) == first, "an installation changes no source"
    (checkout / "app.py").write_text("two")
    assert key(run("cache_key.sh", checkout), tmp_path) != first


def test_a_key_belongs_to_the_version(run, checkout: Path, tmp_path: Path) -> None:
    keys = {key(run("cache_key.sh", checkout, VERSION=version), tmp_path) for version in ("", "1.0.0", "1.0.1")}
    assert len(keys) == 3


def test_installed_packages_and_images_are_cached(run, checkout: Path, tmp_path: Path) -> None:
    run("cache_key.sh", checkout)
    images = tmp_path / "folder" / "images"
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line.startswith("/")}
    installed = {path.relative_to(checkout).as_posix() for path in paths(tmp_path) if path != images}
    assert images in paths(tmp_path)
    assert {".venv", ".venv-engine", "node_modules"} <= installed <= ignored
    assert not any(".sandbox" in path.parts for path in paths(tmp_path)), "it has keys"


def key(done: "subprocess.CompletedProcess[str]", folder: Path) -> str:
    assert done.returncode == 0, done.stderr
    return re.findall(r"^key=(paysandbox-[0-9a-f]{32})$", (folder / "OUTPUT").read_text(), re.MULTILINE)[-1]


def paths(folder: Path) -> list[Path]:
    [block] = re.findall(
        r"^path<<end_of_paths\n(.*?)^end_of_paths$", (folder / "OUTPUT").read_text(), re.MULTILINE | re.DOTALL
    )
    return [Path(line) for line in block.splitlines()]
