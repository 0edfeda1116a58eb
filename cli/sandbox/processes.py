"""Processes on this machine: the listener on a port, and the members of a process group.

Uses /proc if it exists; otherwise `ps` and `lsof`, which every other Unix has.
"""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

PROC = Path("/proc")
LOOPBACKS = ("127.0.0.1", "::1")

_LISTENING = "0A"  # in the state column of /proc/net/tcp
_GONE = "ZX"  # ended, but not yet reaped by its parent


def is_taken(port: int) -> bool:
    """Return whether a process listens on the port of this machine, or has bound it."""
    if any(_connects(address, port) for address in LOOPBACKS):
        return True
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def free_port(first: int) -> int:
    """Return the first free port from `first` on."""
    return next(port for port in range(first, 65536) if not is_taken(port))


def listener(port: int) -> str | None:
    """Return the process that listens on the port, as "name (process 123)", or None if it is unknown."""
    pid = _listener_pid(port)
    return None if pid is None else f"{name_of(pid)} (process {pid})"


def argument_after(port: int, option: str, script: str) -> str | None:
    """Return the first argument of the script that listens on that port, or None if another program does.

    The script is known by its name and the option before it, since programs of others may have the same name.
    """
    pid = _listener_pid(port)
    words = [] if pid is None else _command_line(pid)
    places = range(1, len(words) - 1)
    found = (place for place in places if words[place - 1] == option and Path(words[place]).name == script)
    return next((words[place + 1] for place in found), None)


def name_of(pid: int) -> str:
    """Return the name of a process: its program and the script or module that it runs."""
    words = _command_line(pid)
    if not words:
        return "a process"
    program = Path(words[0]).name
    script = next((word for word in words[1:] if not word.startswith("-")), "")
    return f"{program} {Path(script).name}".strip()


def members(group: int) -> list[int]:
    """Return the running processes of a process group."""
    if PROC.is_dir():
        return [pid for pid, in_group, state in _stats() if in_group == group and state not in _GONE]
    rows = [line.split() for line in _output("ps", "-axo", "pid=,pgid=,stat=").splitlines()]
    return [int(pid) for pid, in_group, state in rows if int(in_group) == group and state[0] not in _GONE]


def _stats() -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The name, in parentheses, may itself contain spaces and parentheses.
            state, _parent, group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it ended meanwhile
            continue
        found.append((int(entry.name), int(group), state))
    return found


def _connects(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=0.5):
            return True
    except OSError:
        return False


def _listener_pid(port: int) -> int | None:
    if not PROC.is_dir():
        found = _output("lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-t").split()
        return int(found[0]) if found else None
    inodes = {
        f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _listening_inodes(PROC / "net" / table, port)
    }
    for entry in PROC.iterdir():
        if entry.name.isdigit() and _holds(entry, inodes):
            return int(entry.name)
    return None


def _listening_inodes(table: Path, port: int) -> list[str]:
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return []
    return [row[9] for row in rows if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port]


def _holds(process: Path, sockets: set[str]) -> bool:
    try:
        return any(str(link.readlink()) in sockets for link in (process / "fd").iterdir())
    except OSError:  # another user's process, or it ended meanwhile
        return False


def _command_line(pid: int) -> list[str]:
    if not PROC.is_dir():
        return _output("ps", "-o", "command=", "-p", str(pid)).split()
    try:
        return [word for word in (PROC / str(pid) / "cmdline").read_text().split("\0") if word]
    except OSError:
        return []


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""
