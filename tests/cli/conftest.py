"""A state folder for each test, and processes that stand in for the engine."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.sandbox import saved_state
from cli.sandbox.state_dir import StateDir


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The program is not in the coverage that is judged (the layer and the handlers), and tracing doubles its time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture
def home(tmp_path: Path) -> StateDir:
    """An empty one, in a path with a space."""
    made = StateDir(tmp_path / "a home")
    made.make()
    return made


@pytest.fixture
def engine_double(home: StateDir) -> Iterator[Callable[[str], int]]:
    """Starts a process that behaves as an engine of this home and returns its number. None is left at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(way: str) -> int:
        saved_state.prepare(home)
        double = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("engine_double.py"), home.path, way],
            env={"BIND_HOST": "127.0.0.1"} | os.environ | {"GATEWAY_PORT": "4999"},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(double)
        assert double.stdout is not None
        assert double.stdout.readline() == "ready\n"
        return double.pid

    yield start
    for double in started:
        double.kill()
        double.communicate()
