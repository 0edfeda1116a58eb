"""Fixtures: a state folder for each test, and stub processes for the engine."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.state import saved_state
from cli.state.state_dir import StateDir


@pytest.fixture
def home(tmp_path: Path) -> StateDir:
    """Return an empty state folder, in a path with a space."""
    made = StateDir(tmp_path / "a home")
    made.make()
    return made


@pytest.fixture
def engine_double(home: StateDir) -> Iterator[Callable[[str], int]]:
    """Return a function that starts a stub engine for this home and returns its pid. Teardown ends every process."""
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
