"""The GitHub action's script, as a step of a job runs it, with a real sandbox."""

import os
import subprocess
from pathlib import Path

import pytest

from cli.state.image import FOLDER_VARIABLE
from tests.e2e.conftest import IMAGES, START_S, Sandbox
from tests.support.clients.api import Api
from tests.support.tools.ports import free_port

START = Path(__file__).resolve().parents[3] / "action" / "start.sh"


def step(folder: Path, it: Sandbox, **inputs: str) -> "subprocess.CompletedProcess[str]":
    files = {f"GITHUB_{kind}": str(folder / kind) for kind in ("ENV", "OUTPUT", "PATH")}
    own = {"PAYSANDBOX_HOME": str(it.home), FOLDER_VARIABLE: str(IMAGES), "PAYSANDBOX_FOLDER": str(folder / "files")}
    return subprocess.run(
        ["bash", START],
        env=os.environ | files | own | {"VERSION": "", "PORT": str(it.port), "WAIT": str(START_S)} | inputs,
        text=True,
        capture_output=True,
        timeout=START_S + 30,
        check=False,
    )


@pytest.mark.full
def test_later_steps_get_the_sandbox(sandbox: Sandbox, tmp_path: Path) -> None:
    done = step(tmp_path, sandbox)
    assert done.returncode == 0, done.stdout + done.stderr

    outputs = dict(line.split("=", 1) for line in (tmp_path / "OUTPUT").read_text().splitlines())
    assert outputs.keys() == {"base-url", "api-key"}
    with Api(outputs["base-url"], outputs["api-key"]) as api:
        assert api.http.get("/payments").status_code == 200

    variables = dict(line.split("=", 1) for line in (tmp_path / "ENV").read_text().splitlines())
    assert variables["PAYSANDBOX_BASE_URL"] == outputs["base-url"] == sandbox.base_url
    assert variables["PAYSANDBOX_API_KEY"] == outputs["api-key"]
    assert "PAYSANDBOX_AWS_SECRET_ACCESS_KEY" in variables, "which the packages for tests need"

    folder = Path((tmp_path / "PATH").read_text().strip())
    assert [program.name for program in folder.iterdir()] == ["paysandbox"], "other programs are the job's own"
    shown = subprocess.run([folder / "paysandbox", "--version"], text=True, capture_output=True, check=True).stdout
    assert shown.strip()


@pytest.mark.full
def test_waiting_too_long_fails_the_step(tmp_path: Path) -> None:
    own = Sandbox(tmp_path / "home", free_port())
    try:
        done = step(tmp_path, own, WAIT="1")
        assert done.returncode == 1
        assert "::error title=Payments sandbox::The sandbox was not ready after 1 s." in done.stdout
        assert not (tmp_path / "OUTPUT").exists()
    finally:
        own.run("down", check=False)
