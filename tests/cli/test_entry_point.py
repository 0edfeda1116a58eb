"""The installed program, in a folder and with an environment that are not ours."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from cli.deploy.installation import ROOT
from engine.wall import merchant_keys
from engine.wall.own_program import ProgramError

OURS = ("cli", "engine", "paysandbox", "layers", "api_reference")
PROGRAM = [str(Path(sys.executable).with_name("paysandbox"))]
MODULE = [sys.executable, "-m", "paysandbox_cli"]


def run(command: list[str], *words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AWS_"))}
    return subprocess.run([*command, *words], cwd=cwd, env=environment | variables, capture_output=True, check=False)


@pytest.mark.parametrize("command", [PROGRAM, MODULE], ids=["program", "module"])
@pytest.mark.parametrize("form", ["module", "package"])
def test_a_developers_own_modules_are_not_imported(command: list[str], form: str, tmp_path: Path) -> None:
    for name in OURS:
        file = tmp_path / f"{name}.py" if form == "module" else tmp_path / name / "__init__.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text("raise SystemExit('the wrong module')")
    ended = run(command, "simulate", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"fraud_warning" in ended.stdout


def test_installed_packages_of_the_same_names_are_not_imported(tmp_path: Path) -> None:
    """The engine runs the program's Python with its own environment and in its own folder, too."""
    venv.create(tmp_path / "env")
    python = str(tmp_path / "env" / "bin" / "python")
    [site] = (tmp_path / "env").glob("lib/python*/site-packages")
    for name in OURS:
        (site / name).mkdir()
        (site / name / "__init__.py").write_text("raise SystemExit('the wrong package')")
    # What paysandbox.pth adds comes after the packages that are installed.
    libraries = sysconfig.get_path("purelib")
    (site / "a.pth").write_text("\n".join([libraries, str(ROOT), str(ROOT / "layers" / "shared" / "python")]))
    ended = run([python, "-m", "paysandbox_cli"], "simulate", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    with pytest.raises(ProgramError, match="The sandbox is not running"):
        merchant_keys.ask(python, tmp_path, os.environ)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_characters_that_the_output_lacks_are_replaced(encoding: str, tmp_path: Path) -> None:
    ended = run(PROGRAM, "simulate", "--help", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"simulate auth_?" in ended.stdout


def test_odd_aws_settings_end_in_a_sentence(tmp_path: Path) -> None:
    odd = {"AWS_DEFAULTS_MODE": "nonsense", "AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"}
    ended = run(PROGRAM, "status", "--env", "dev", cwd=tmp_path, PYTHONIOENCODING="utf-8", **odd)
    assert ended.returncode == 1
    assert b"Traceback" not in ended.stderr
    assert b"AWS_DEFAULTS_MODE" in ended.stderr
