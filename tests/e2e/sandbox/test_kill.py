"""Kills of the sandbox under load at any moment: after a restart its state is sound and no older than promised."""

from itertools import cycle
from pathlib import Path

import pytest

from benchmarks import kills
from benchmarks.kills import Kill
from cli.sandbox import engine
from cli.state.state_dir import StateDir
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api

EVERY_S = 1.0
# Duration of a snapshot on a busy machine.
WRITTEN_WITHIN_S = 8.0
MOMENTS = ("*.new", "")
"""In the middle of a snapshot, and at any time. tests/engine/state/test_generations.py has each step of a snapshot."""


@pytest.fixture
def killed(sandbox: Sandbox, api: Api, monkeypatch: pytest.MonkeyPatch) -> "Killing":
    """Provide the sandbox for repeated kills, each of which leaves it stopped."""
    sandbox.run("down")
    monkeypatch.setenv(engine.SNAPSHOT_EVERY, str(EVERY_S))
    return Killing(sandbox, api)


class Killing:
    """Successive kills that alternate between the moments."""

    def __init__(self, sandbox: Sandbox, api: Api) -> None:
        self._home, self._key = StateDir(Path(sandbox.home)), api.api_key
        self._moments = cycle(MOMENTS)

    def once(self, number: int) -> Kill:
        """Kill the sandbox after a delay that differs each time, and check the remaining state."""
        return kills.kill(self._home, self._key, after_s=2.0 + number % 7 / 3, when=next(self._moments))


def judge(those: list[Kill]) -> None:
    assert all(one.sound for one in those), those
    assert all(one.answered for one in those), those
    assert max(one.oldest_s for one in those) < EVERY_S + WRITTEN_WITHIN_S


@pytest.mark.full  # the fast part: tests/engine/state/test_snapshots.py
def test_sandbox_is_consistent_after_a_kill(killed: Killing) -> None:
    judge([killed.once(0)])


@pytest.mark.soak
def test_sandbox_is_consistent_after_50_kills(killed: Killing) -> None:
    those = [killed.once(number) for number in range(50)]
    judge(those)
    assert sum(one.while_writing for one in those) >= 10
