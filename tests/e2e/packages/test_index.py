"""The packages of a release in an index on the loopback: one command starts a sandbox, and nothing else is installed.

Only what they require comes from the registry of this machine's settings.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from paysandbox import VERSION
from release import files
from tests.support.clients.api import Api
from tests.support.fakes.package_index import Index, package_index
from tests.support.tools.blocks import blocks
from tests.support.tools.ports import free_port
from tests.support.tools.wheel import BUILD_S, START_S, Installed, packages

WHEEL, SDIST = files.package_files("paysandbox")
PLUGIN, _ = files.package_files("pytest_paysandbox")

pytestmark = [pytest.mark.full, pytest.mark.timeout(BUILD_S + 3 * START_S)]


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    """Provide an index with the files that a release uploads."""
    folder = packages()
    with package_index(*(folder / name for project in files.PROJECTS for name in files.package_files(project))) as it:
        yield it


@pytest.fixture
def user(tmp_path: Path) -> Installed:
    """Provide a user with uv and nothing else."""
    return Installed.with_uv(tmp_path / "a user")


def test_the_command_of_the_readme_starts_a_sandbox(index: Index, user: Installed) -> None:
    [command] = [block.text for block in blocks("") if block.text.startswith("uvx")]
    # What uv writes to start a program calls `realpath` and `dirname`.
    path = os.pathsep.join([str(user.programs), os.defpath])
    settings = {**index.settings(), "PAYSANDBOX_PORT": str(free_port()), "PATH": path}
    try:
        first = user.type(command, **settings)
        assert "Try it    uvx paysandbox pay authorize 12.50" in first.stdout
        assert {*index.served} == {WHEEL}
        status = json.loads(user.type("uvx paysandbox status --json", **settings).stdout)
        with Api(status["base_url"], status["merchants"][0]["api_key"]) as api:
            api.authorize(1250).raise_for_status()
    finally:
        user.type("uvx paysandbox down", **settings)


def test_pip_installs_the_program_and_the_fixtures(index: Index, user: Installed) -> None:
    """As `pipx run` does, in a virtual environment of its own."""
    done = user.type(
        "uv venv --quiet --seed shop && shop/bin/pip install --quiet 'paysandbox[pytest]' "
        "&& shop/bin/paysandbox --version && shop/bin/pytest --fixtures -q",
        **index.settings(),
    )
    assert done.stdout.startswith(f"paysandbox {VERSION} (Python ")
    assert "paysandbox_api" in done.stdout
    assert {WHEEL, PLUGIN} <= {*index.served}
