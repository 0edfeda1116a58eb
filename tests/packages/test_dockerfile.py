"""The Dockerfile, the file for several platforms and the Compose file of the guide, without a builder of images.

tests/e2e/packages/test_image.py runs the commands."""

import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from cli.main import whole_program
from cli.sandbox.engine import DEFAULT_PORT
from engine import second_port
from tests.support.fakes.wire import Reply, served
from tests.support.tools.blocks import blocks
from tests.support.tools.ports import free_port
from tests.support.worlds.dockerfile import INSTRUCTIONS, STAGES, arguments

ROOT = Path(__file__).resolve().parents[2]
IGNORED = (ROOT / ".dockerignore").read_text().split()
STRIPE_MOCK_PORT = 12111


def test_everything_after_the_creation_of_the_user_runs_as_this_user() -> None:
    for stage in STAGES:
        names = [name for name, _ in stage]
        assert names[: names.index("USER")] == ["FROM", "RUN"]
        created = arguments("RUN", stage)[0]
        assert "useradd --create-home --uid 10001 sandbox" in created
        assert "paysandbox" not in created
        assert arguments("USER", stage) == ["sandbox"]


def test_the_copied_files_belong_to_the_user() -> None:
    copied = [text for name, text in INSTRUCTIONS if name in ("COPY", "ADD")]
    assert copied == ["--chown=sandbox:sandbox . ."]


def test_the_image_has_no_source_and_is_that_of_the_wheel() -> None:
    assert arguments("COPY") == []
    [install] = [run for run in arguments("RUN") if "paysandbox up" in run]
    assert "--mount=type=bind,from=wheel,source=/sandbox" in install
    assert "--require-hashes" in install
    assert [text.partition(" AS ")[2] for text in (arguments("FROM", stage)[0] for stage in STAGES)] == ["wheel", ""]


def test_the_keys_of_the_deployment_are_in_no_layer() -> None:
    """A file that is removed by a later instruction is still in the image."""
    [deployment] = [run for run in arguments("RUN") if "paysandbox up" in run]
    home = re.findall(r"export PAYSANDBOX_HOME=(\S+)", deployment)[0]
    assert re.search(rf"paysandbox down && .*rm -rf {home}$", deployment), "stopped first, as it saves its state"
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
    for run in (run for stage in STAGES for run in arguments("RUN", stage)):
        script = re.sub(r"^--mount=\S+ ", "", run)
        done = subprocess.run(["bash", "-n", "-c", script], text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_command_exists_with_its_options() -> None:
    [command] = arguments("CMD")
    program, name, *words = json.loads(command)
    assert program == "paysandbox"
    up: Any = whole_program().commands[name]
    known = {option for parameter in up.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_ports_are_the_programs_own_and_stripe_mocks() -> None:
    assert arguments("EXPOSE") == [f"{DEFAULT_PORT} {STRIPE_MOCK_PORT}"]
    assert f"{second_port.SETTING}={STRIPE_MOCK_PORT}" in arguments("ENV")[0].split()
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


def test_images_are_built_for_both_platforms_from_one_wheel() -> None:
    text = (ROOT / "docker-bake.hcl").read_text()
    platforms = re.findall(r"platforms = \[(.*)\]", text)
    assert platforms == ['"linux/amd64", "linux/arm64"']
    first, last = (arguments("FROM", stage)[0] for stage in STAGES)
    assert first.startswith("--platform=$BUILDPLATFORM ")
    assert "--platform" not in last


# --- Compose ----------------------------------------------------------------------------------------------------------

SCHEMA = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
"""Of the Compose Specification. Read here, since the command of check-jsonschema takes two seconds to start."""


def compose() -> dict[str, Any]:
    [found] = [yaml.safe_load(block.text) for block in blocks("yaml") if "services:" in block.text]
    return found


def faults_of(composed: Any) -> list[str]:
    schema = json.loads(SCHEMA.read_text())
    return [error.json_path for error in validator_for(schema)(schema).iter_errors(composed)]


def test_the_compose_file_of_the_guide_is_valid() -> None:
    assert faults_of(compose()) == []


@pytest.mark.parametrize(
    "change, path",
    [
        ({"prots": []}, "$.services.sandbox"),
        ({"ports": 4610}, "$.services.sandbox.ports"),
        ({"depends_on": {"db": {"condition": "healthy"}}}, "$.services.sandbox.depends_on"),
    ],
)
def test_a_compose_file_can_be_invalid(change: dict[str, Any], path: str) -> None:
    composed = compose()
    composed["services"]["sandbox"] |= change
    assert path in faults_of(composed)


def test_compose_starts_the_image_as_it_is_meant() -> None:
    composed = compose()
    sandbox = composed["services"]["sandbox"]
    [volume] = arguments("VOLUME")
    assert sandbox["volumes"] == [f"payments:{volume}"]
    assert list(composed["volumes"]) == ["payments"]
    assert sandbox["ports"] == [f"127.0.0.1:{DEFAULT_PORT}:{DEFAULT_PORT}"], "no other machine reaches it"
    assert sandbox["environment"] == {"PAYSANDBOX_HOST": "sandbox"}, "the name that the other service uses"
    tests = composed["services"]["tests"]
    assert tests["depends_on"] == {"sandbox": {"condition": "service_healthy"}}
    assert f"http://sandbox:{DEFAULT_PORT}" in tests["environment"].values()
