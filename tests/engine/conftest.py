"""Fixtures: a state folder for each test."""

from pathlib import Path

import pytest

from cli.state.state_dir import StateDir


@pytest.fixture
def home(tmp_path: Path) -> StateDir:
    """Return an empty state folder, in a path with a space."""
    made = StateDir(tmp_path / "a home")
    made.make()
    return made
