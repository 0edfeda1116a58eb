"""The Dockerfile, as far as it can be checked without Docker."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.main import whole_program
from cli.sandbox.engine import DEFAULT_PORT
from tests.support.fakes.wire import Reply, served
from tests.support.tools.blocks import blocks
from tests.support.tools.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
TEXT = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
INSTRUCTIONS = [tuple(line.split(None, 1)) for line in TEXT.replace("\\\n", " ").splitlines() if line.strip()]
IGNORED = (ROOT / ".dockerignore").read_text().split()


def arguments(name: str) -> list[str]:
    return [" ".join(text.split()) for instruction, text in INSTRUCTIONS if instruction == name]


def test_everything_after_the_packages_of_the_system_runs_as_a_user() -> None:
    names = [name for name, _ in INSTRUCTIONS]
    assert arguments("USER") == ["sandbox"]
    assert "useradd --create-home --uid 10001 sandbox" in arguments("RUN")[0]
    before = names[: names.index("USER")]
    assert before == ["FROM", "RUN"]
    assert "paysandbox" not in arguments("RUN")[0]


def test_the_copied_files_belong_to_the_user() -> None:
    [copied] = arguments("COPY")
    assert copied == "--chown=sandbox:sandbox . ."
    assert arguments("ADD") == []


def test_the_keys_of_the_deployment_are_in_no_layer() -> None:
    """A file that is removed by a later instruction is still in the image."""
    [deployment] = [run for run in arguments("RUN") if "make up" in run]
    home = re.findall(r"export PAYSANDBOX_HOME=(\S+)", deployment)[0]
    assert re.search(rf"paysandbox down && rm -rf {home} ", deployment), "stopped first, as it saves its state"
    assert f"PAYSANDBOX_HOME={home}" not in " ".join(arguments("ENV"))
    assert ".sandbox" in IGNORED
    assert ".cache" in IGNORED


def test_the_data_is_in_the_volume() -> None:
    [volume] = arguments("VOLUME")
    assert f"PAYSANDBOX_HOME={volume}" in arguments("ENV")[0].split()
    assert volume in arguments("RUN")[0].split(), "created for the user: a volume takes the owner of its folder"


def test_no_tracked_file_is_left_out() -> None:
    """The sources decide which image of the state belongs to them."""
    for name in IGNORED:
        pattern = f":(glob){name}" if "**" in name else name
        found = subprocess.run(
            ["git", "ls-files", "--", pattern], cwd=ROOT, text=True, capture_output=True, check=True
        ).stdout
        assert found == "", name


def test_installed_packages_are_left_out() -> None:
    """They work in the folder and on the system that they were installed for only."""
    for installed in (".venv", ".venv-engine", "layers/vendor", "lambdas/reference/.built"):
        assert installed in IGNORED
    assert "**/node_modules" in IGNORED


def test_every_step_is_a_valid_shell_script() -> None:
    for run in arguments("RUN"):
        done = subprocess.run(["bash", "-n", "-c", run], text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_command_exists_with_its_options() -> None:
    [command] = arguments("CMD")
    program, name, *words = json.loads(command)
    assert program == "paysandbox"
    up: Any = whole_program().commands[name]
    known = {option for parameter in up.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_port_is_the_programs_own() -> None:
    assert arguments("EXPOSE") == [str(DEFAULT_PORT)]
    assert f"http://127.0.0.1:{DEFAULT_PORT}/health" in arguments("HEALTHCHECK")[0]


@pytest.mark.parametrize("status", [200, 503])
def test_the_health_check_asks_the_api(status: int) -> None:
    with served(lambda request: Reply(status if request.path == "/health" else 404)) as wire:
        done = health_check(int(wire.base_url.rpartition(":")[2]))
    assert (done.returncode == 0) is (status == 200), done.stderr


def test_the_health_check_fails_before_the_api_is_reachable() -> None:
    assert health_check(free_port()).returncode != 0


def health_check(port: int) -> "subprocess.CompletedProcess[str]":
    _, _, command = arguments("HEALTHCHECK")[0].partition("CMD ")
    program, *words = json.loads(command.replace(str(DEFAULT_PORT), str(port)))
    assert program == "python"
    return subprocess.run([sys.executable, *words], text=True, capture_output=True, check=False)


def test_compose_starts_the_image_as_it_is_meant() -> None:
    [compose] = [yaml.safe_load(block.text) for block in blocks("yaml") if "services:" in block.text]
    sandbox = compose["services"]["sandbox"]
    [volume] = arguments("VOLUME")
    assert sandbox["volumes"] == [f"payments:{volume}"]
    assert list(compose["volumes"]) == ["payments"]
    assert sandbox["ports"] == [f"127.0.0.1:{DEFAULT_PORT}:{DEFAULT_PORT}"], "no other machine reaches it"
    assert sandbox["environment"] == {"PAYSANDBOX_HOST": "sandbox"}, "the name that the other service uses"
    tests = compose["services"]["tests"]
    assert tests["depends_on"] == {"sandbox": {"condition": "service_healthy"}}
    assert f"http://sandbox:{DEFAULT_PORT}" in tests["environment"].values()
