"""The container image's file system and command without a builder: the commands of its last stage, in a folder.

The folder stands in for the root, and the wheel of these sources for the first stage's. No container is started.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import second_port
from requirements.install import uv_settings
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.tools.ports import free_port
from tests.support.tools.wheel import BUILD_S, START_S, wheel
from tests.support.worlds.dockerfile import ROOT, arguments

pytestmark = [pytest.mark.full, pytest.mark.timeout(BUILD_S + 4 * START_S)]

BASE_MB = 45
"""python:3.13-slim for linux/amd64, compressed as registries hold it."""

IMAGE_MB_MAX = 250
DOCKER_STOP_S = 10


@dataclass(frozen=True)
class Image:
    """A folder with the paths of the image below it, and the user's home."""

    root: Path

    @property
    def home(self) -> Path:
        """The home of the image's user."""
        return self.root / "home" / "sandbox"

    def of(self, text: str) -> str:
        """Return a text of the Dockerfile with the image's folders below this one."""
        return re.sub(r"(?<![\w./])/(program|data|built|tmp/deployment)\b", rf"{self.root}/\1", text)

    def variables(self) -> dict[str, str]:
        """Return a container's environment variables, at ports of this machine."""
        texts = [self.of(pair).partition("=") for pair in shlex.split(arguments("ENV")[0])]
        set_here = {name: text.replace("$PATH", os.defpath) for name, _, text in texts}
        ports = {"PAYSANDBOX_PORT": str(free_port()), second_port.SETTING: str(free_port())}
        return {"HOME": str(self.home), **set_here, **ports}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Provide the folder, after the commands of the last stage."""
    it = Image(tmp_path_factory.mktemp("image"))
    for folder in ("home/sandbox", "data", "tmp", "built/dist", "built/requirements"):
        (it.root / folder).mkdir(parents=True)
    (it.root / "built" / "dist" / wheel().name).symlink_to(wheel())
    (it.root / "built" / "requirements" / "program.txt").symlink_to(ROOT / "requirements" / "program.txt")
    [commands] = [run for run in arguments("RUN") if "paysandbox up" in run]
    script = re.sub(r"^--mount=\S+ ", "", it.of(commands)).replace("python -m venv", f"{sys.executable} -m venv")
    indexes = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=it.root,
        env={"HOME": str(it.home), "PATH": os.defpath, "PAYSANDBOX_PORT": str(free_port()), **uv_settings(), **indexes},
        text=True,
        capture_output=True,
        timeout=START_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return it


@pytest.fixture
def container(image: Image) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    """Provide the image's command while it runs, and its variables."""
    variables = image.variables()
    command = json.loads(arguments("CMD")[0])
    command[0] = f"{image.root}/program/bin/{command[0]}"
    process = subprocess.Popen(
        command, cwd=image.root / "data", env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process, variables
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DOCKER_STOP_S)


def test_the_image_is_small(image: Image) -> None:
    """Compressed in a third of the time that a builder takes, which makes it smaller."""
    archive = image.root / "image.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
        for folder in ("program", "home"):
            packed.add(image.root / folder, folder)
    megabytes = archive.stat().st_size / 1_000_000
    archive.unlink()
    assert megabytes + BASE_MB < IMAGE_MB_MAX, f"{megabytes:.0f} MB and the base image's {BASE_MB} MB"


def test_the_image_has_no_key(image: Image) -> None:
    assert not (image.root / "tmp" / "deployment").exists()
    assert [*(image.root / "data").iterdir()] == []
    keys = re.compile(rb"(sk|pk|ok)_test_[a-z0-9-]+_[a-z2-7]{32}")
    files = (file for file in (image.home / ".cache").rglob("*.json") if file.is_file())
    assert [str(file) for file in files if keys.search(file.read_bytes())] == []


def test_a_client_of_stripe_mock_finds_it_at_its_port(
    container: tuple["subprocess.Popen[str]", dict[str, str]],
) -> None:
    process, variables = container
    port, second = variables["PAYSANDBOX_PORT"], variables[second_port.SETTING]
    assert process.stdout is not None
    assert any("Press Ctrl-C" in line for line in process.stdout), "it has started"
    with sdk_on(f"http://127.0.0.1:{second}", "sk_test_123") as sdk:
        customer = sdk.v1.customers.create({"email": "ada@example.com"})
    with sdk_on(f"http://127.0.0.1:{port}", "sk_test_123") as sdk:
        assert sdk.v1.customers.retrieve(customer.id).email == "ada@example.com"

    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=DOCKER_STOP_S)
    assert process.returncode == 0, said
    assert "Payments and keys are kept" in said
