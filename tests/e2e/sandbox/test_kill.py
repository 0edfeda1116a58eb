"""Kills of the sandbox under load at any moment: after a restart its state is sound and no older than promised."""

import random
from itertools import cycle
from pathlib import Path

import pytest

from benchmarks import kills
from benchmarks.kills import Kill
from cli.state.state_dir import StateDir
from engine.state.snapshots import PROMISED_S
from tests.e2e.conftest import Sandbox, running
from tests.support.clients.api import Api

BUSY_S = 8.0
"""What a thread of the engine may wait for a processor, beyond what is promised. engine.log then says so."""
IN_SNAPSHOT = (True, False)
"""In the middle of a snapshot, and at any time. tests/engine/state/test_change_log.py kills at any step of both."""


@pytest.fixture
def killed(sandbox: Sandbox, api: Api) -> "Killing":
    """Provide the sandbox for repeated kills, each of which leaves it stopped."""
    sandbox.run("down")
    return Killing(sandbox, api)


class Killing:
    """Successive kills that alternate between the moments."""

    def __init__(self, sandbox: Sandbox, api: Api) -> None:
        self._home, self._key = StateDir(Path(sandbox.home)), api.api_key
        self._moments = cycle(IN_SNAPSHOT)

    def once(self) -> Kill:
        """Kill the sandbox at a random instant, and check the remaining state."""
        return kills.kill(self._home, self._key, after_s=random.uniform(2.0, 5.0), in_snapshot=next(self._moments))


def judge(those: list[Kill]) -> None:
    assert all(one.sound for one in those), those
    assert all(one.answered for one in those), those
    assert max(one.oldest_s for one in those) < PROMISED_S + BUSY_S
    assert not any(one.unpublished for one in those), those


@pytest.mark.full  # the fast part: tests/engine/state/test_snapshots.py
def test_sandbox_is_consistent_after_a_kill(killed: Killing) -> None:
    judge([killed.once()])


@pytest.mark.full
def test_kill_right_after_a_new_key_loses_no_more(tmp_path: Path) -> None:
    with running(tmp_path / "home") as it:
        key = it.json("keys", "create", "--merchant", "newest", "--plan", "load")["api_key"]
        lost = kills.kill(StateDir(it.home), key, it.port, after_s=PROMISED_S + BUSY_S)
    judge([lost])
    assert lost.lost < lost.answered


@pytest.mark.soak
def test_sandbox_is_consistent_after_200_kills(killed: Killing) -> None:
    those = [killed.once() for _ in range(200)]
    judge(those)
    assert sum(one.while_writing for one in those) >= 40
