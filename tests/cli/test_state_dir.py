"""The state folder: its location, its contents, and the lock against concurrent commands."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from cli.sandbox.state_dir import ROOT, SandboxRecord, StateDir
from cli.terminal.failure import Failure


def test_default_location_and_override(monkeypatch, tmp_path):
    monkeypatch.delenv("PAYSANDBOX_HOME", raising=False)
    assert StateDir.find().path == ROOT / ".sandbox"

    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "with a space"))
    assert StateDir.find().path == tmp_path / "with a space"

    monkeypatch.setenv("PAYSANDBOX_HOME", "~/sandbox")
    assert StateDir.find().path == StateDir.find().path.home() / "sandbox"


def test_permissions_are_owner_only(home):
    assert home.path.stat().st_mode & 0o077 == 0


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
        from cli.sandbox.state_dir import StateDir
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
        from cli.sandbox.state_dir import StateDir
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
