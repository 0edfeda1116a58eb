"""The state folder: its location, its contents, and the lock against concurrent commands."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from cli.deploy.installation import ROOT
from cli.state.state_dir import SandboxRecord, StateDir
from cli.terminal.failure import Failure
from tests.support.clients.program import paysandbox


def test_default_location_and_override(monkeypatch, tmp_path):
    monkeypatch.delenv("PAYSANDBOX_HOME", raising=False)
    assert StateDir.find().path == ROOT / ".sandbox"

    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "with a space"))
    assert StateDir.find().path == tmp_path / "with a space"

    monkeypatch.setenv("PAYSANDBOX_HOME", "~/sandbox")
    assert StateDir.find().path == StateDir.find().path.home() / "sandbox"


def test_a_name_selects_a_folder_within(monkeypatch, tmp_path):
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path))
    monkeypatch.setenv("PAYSANDBOX_NAME", "shop")
    named = StateDir.find()

    assert (named.name, named.path.parent.parent) == ("shop", tmp_path)
    assert named.default == StateDir(tmp_path)
    named.make()
    assert StateDir(tmp_path).named() == [named]

    for unnamed in ("", "default"):
        monkeypatch.setenv("PAYSANDBOX_NAME", unnamed)
        assert (StateDir.find().path, StateDir.find().name) == (tmp_path, None)


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "-x", "a b", "é", "x" * 33, "x" * 300, "a\n"])
def test_a_name_that_is_not_a_plain_folder_name_is_refused(monkeypatch, name):
    monkeypatch.setenv("PAYSANDBOX_NAME", name)
    with pytest.raises(Failure, match="not a name"):
        StateDir.find()


def test_a_name_that_differs_from_another_only_in_case_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path))
    monkeypatch.setenv("PAYSANDBOX_NAME", "shop")
    StateDir.find().make()
    assert StateDir.find().name == "shop"

    monkeypatch.setenv("PAYSANDBOX_NAME", "Shop")
    with pytest.raises(Failure, match="There is a sandbox shop") as refused:
        StateDir.find()
    assert "--name shop" in refused.value.advice


def test_a_home_that_is_a_symbolic_link_is_refused(monkeypatch, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "home" / "named-sandboxes").mkdir(parents=True)
    (tmp_path / "home" / "named-sandboxes" / "shop").symlink_to(elsewhere)
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PAYSANDBOX_NAME", "shop")

    with pytest.raises(Failure, match="shop is a symbolic link"):
        StateDir.find()
    assert [*elsewhere.iterdir()] == []


def test_permissions_are_owner_only(home, tmp_path, monkeypatch):
    assert home.path.stat().st_mode & 0o077 == 0

    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "other"))
    monkeypatch.setenv("PAYSANDBOX_NAME", "shop")
    StateDir.find().make()
    assert [(tmp_path / "other").stat().st_mode & 0o077, StateDir.find().path.stat().st_mode & 0o077] == [0, 0]


def test_record_round_trips(home):
    assert home.read() == SandboxRecord()

    home.change(port=4600, pid=17)
    home.change(last_graceful_stop="2030-01-07T10:00:00Z")

    assert home.read() == SandboxRecord(port=4600, pid=17, last_graceful_stop="2030-01-07T10:00:00Z")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"port": 4600, "of a later version": true}'])
def test_invalid_records_are_ignored(home, content):
    home.record_file.write_text(content)

    assert home.read().port in {None, 4600}


def test_a_concurrent_command_is_named(home):
    with home.lock():
        assert home.is_locked()
        with pytest.raises(Failure, match=rf"process {os.getpid()}\) is using"), home.lock():
            pass
    assert not home.is_locked()
    with home.lock():
        pass


def test_lock_of_a_killed_command_is_released(home):
    program = textwrap.dedent(f"""
        import os, signal
        from pathlib import Path
        from cli.state.state_dir import StateDir
        with StateDir(Path({str(home.path)!r})).lock():
            os.kill(os.getpid(), signal.SIGKILL)
    """)
    subprocess.run([sys.executable, "-c", program], check=False)

    with home.lock():
        pass


@pytest.mark.full
def test_child_processes_of_a_killed_command_are_awaited(home):
    """A deployment that outlives its `up` holds the lock, and ends by itself."""
    program = textwrap.dedent(f"""
        import os, signal, subprocess
        from pathlib import Path
        from cli.state.state_dir import StateDir
        with StateDir(Path({str(home.path)!r})).lock() as held:
            subprocess.Popen(["sleep", "0.5"], pass_fds=[held])
            os.kill(os.getpid(), signal.SIGKILL)
    """)
    subprocess.run([sys.executable, "-c", program], check=False)

    assert home.is_locked()
    told = []
    with home.lock(told.append):
        assert json.loads(home.lock_file.read_text()) == os.getpid()
    assert "was killed" in told[0]


def a_file(path):
    path.write_text("a file of something else", encoding="utf-8")
    return path


def a_folder_with(path, name):
    path.mkdir()
    return path / name


UNWRITABLE = {
    "a file in its place": a_file,
    "below a file": lambda path: a_file(path) / "home",
    "a file in place of a folder within": lambda path: a_file(a_folder_with(path, "tmp")).parent,
    "a folder in place of its lock": lambda path: a_folder_with(a_folder_with(path, "lock"), "x").parents[1],
}


@pytest.mark.parametrize("make", UNWRITABLE.values(), ids=UNWRITABLE)
def test_a_folder_that_cannot_be_written_is_refused(monkeypatch, tmp_path, make):
    """Permissions and read-only file systems fail in the same calls, but not for the root user."""
    home = make(tmp_path / "home")
    monkeypatch.setenv("PAYSANDBOX_HOME", str(home))
    ran = paysandbox("up")

    assert ran.exit_code == 1
    assert f"The state folder {home}" in ran.stderr
    assert "cannot be written (" in ran.stderr
    assert "Set PAYSANDBOX_HOME" in ran.stderr


@pytest.mark.parametrize("command, exit_code", [("status", 1), ("down", 0)])
def test_nothing_runs_in_a_file(monkeypatch, tmp_path, command, exit_code):
    monkeypatch.setenv("PAYSANDBOX_HOME", str(a_file(tmp_path / "home")))
    ran = paysandbox(command)

    assert ran.exit_code == exit_code
    assert "not running" in ran.stdout + ran.stderr
