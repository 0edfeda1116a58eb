"""Stopping: graceful if possible, reported if not, and refused on a full disk."""

import shutil
from collections import namedtuple

import pytest

from cli.sandbox import engine
from cli.sandbox.down import down
from cli.state.state_dir import StateDir
from cli.terminal.failure import Failure
from cli.up.up import refuse_small_disk
from tests.support.clients.program import paysandbox

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def full_disk(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - 10**6, 10**6))


def test_without_a_state_folder_nothing_runs(tmp_path):
    nowhere = StateDir(tmp_path / "nowhere")

    assert down(nowhere) is None
    assert not nowhere.path.exists()


def test_a_graceful_stop_is_recorded(home, engine_double):
    home.change(pid=engine_double("graceful"))
    stopped = down(home)

    assert stopped is not None
    assert stopped.saved
    assert home.read().pid is None
    assert home.read().last_graceful_stop is not None


def test_a_stop_without_a_snapshot_fails(home, engine_double, monkeypatch):
    monkeypatch.setenv("PAYSANDBOX_HOME", str(home.path))
    engine_double("unable")
    said = paysandbox("down", "--json")

    assert "without saving everything" in said.problem["title"]
    assert str(home.engine_log) in said.problem["detail"]


@pytest.mark.usefixtures("full_disk")
def test_on_a_full_disk_the_sandbox_keeps_running(home, engine_double):
    engine_double("graceful")
    with pytest.raises(Failure, match="keeps running") as failed:
        down(home)

    assert "Free" in failed.value.advice
    assert engine.running(home) is not None


@pytest.mark.usefixtures("full_disk")
def test_on_a_full_disk_nothing_starts(tmp_path):
    with pytest.raises(Failure, match="Only 1 MB are free"):
        refuse_small_disk(StateDir(tmp_path / "not" / "yet"))
