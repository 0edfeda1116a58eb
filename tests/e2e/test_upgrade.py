"""The state folder of an earlier version: it is refused with a way to start over, and nothing of it is changed."""

import os
import subprocess
from pathlib import Path

import pytest

from benchmarks.before_and_after import checkout
from benchmarks.earlier_sandbox import build
from tests.e2e.conftest import Sandbox
from tests.support.ports import free_port

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

EARLIER = "af77f5b"
"""The last commit before items were compressed."""

_UP_S = 300


class _Earlier:
    """The program of that commit, installed from its own lock files, on a state folder."""

    def __init__(self, tree: Path, home: Path) -> None:
        self._tree, self._home = tree, home
        build(tree)

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [str(self._tree / ".venv/bin/paysandbox"), *words],
            cwd=self._tree,
            env=os.environ | {"PAYSANDBOX_HOME": str(self._home)},
            capture_output=True,
            text=True,
            timeout=_UP_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def test_the_state_of_an_earlier_version_is_refused_and_kept(tmp_path: Path) -> None:
    home, port = tmp_path / "a home", free_port()
    now = Sandbox(home, port)
    with checkout(EARLIER) as tree:
        earlier = _Earlier(tree, home)
        try:
            earlier.run("up", "--port", str(port))
            earlier.run("down")
            refused = now.run("up", "--port", str(port), check=False)
            assert refused.returncode != 0
            assert "this one cannot read it" in refused.stdout + refused.stderr
            assert "paysandbox up --fresh" in refused.stdout + refused.stderr
            earlier.run("up", "--port", str(port))
        finally:
            earlier.run("down")
    try:
        now.run("up", "--port", str(port), "--fresh")
        now.run("verify")
    finally:
        now.run("down")
