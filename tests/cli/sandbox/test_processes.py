"""The state of this machine's processes."""

import os
import socket
import subprocess
import sys

import pytest

from cli.sandbox import processes
from tests.support.tools.ports import free_port


@pytest.mark.parametrize("family, address", [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_ports_are_checked_on_both_loopback_addresses(family, address):
    """`localhost` may resolve to ::1 first, so another process there would get the engine's requests."""
    with socket.socket(family) as taken:
        try:
            taken.bind((address, free_port()))
        except OSError:
            pytest.skip("no IPv6 here")
        taken.listen()
        port = taken.getsockname()[1]

        assert processes.is_taken(port)
        assert processes.listener(port) is not None
        assert f"process {os.getpid()}" in (processes.listener(port) or "")
    assert not processes.is_taken(port)


def test_free_ports_have_no_listener():
    assert processes.listener(processes.free_port(free_port())) is None


def test_listening_process_is_named_by_its_script(tmp_path):
    script = tmp_path / "engine"
    script.write_text(
        "import socket, sys\ns = socket.create_server(('127.0.0.1', 0))\n"
        "print(s.getsockname()[1], flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-I", script, tmp_path / "a home"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as listening:
        assert listening.stdout is not None
        port = int(listening.stdout.readline())

        assert processes.argument_after(port, "-I", script.name) == str(tmp_path / "a home")
        assert processes.argument_after(port, "-I", "another.py") is None
        assert processes.argument_after(port, "-E", script.name) is None
        assert "python engine" in (processes.listener(port) or "")
        listening.communicate("")


def test_group_members_are_live_processes():
    with subprocess.Popen(["sleep", "30"], start_new_session=True) as sleeper:
        assert processes.members(sleeper.pid) == [sleeper.pid]
        sleeper.kill()
        # Not collected yet: it has ended all the same.
        os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
        assert processes.members(sleeper.pid) == []
