"""Other programs that stand in for Stripe or for AWS, installed into a temporary folder and run on the loopback."""

import json
import os
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.measuring.local_sandbox import free_port

LOCALSTRIPE: Final = "1.15.10"
EMULATE: Final = "0.12.2"

_INSTALL_S: Final = 300
_START_S: Final = 30
_WRITES_S: Final = 3.0
"""What a program writes after its last response, it has written then."""


class NotInstalledError(Exception):
    """The registry of this machine does not have the package, or it cannot be installed."""


class NotStartedError(Exception):
    """The program does not listen: it has ended, or it takes too long."""


@dataclass
class Peer:
    """A running program. `words` start it, with its port in place of `{port}`; `again` are those after a restart."""

    words: Sequence[str]
    folder: Path
    port: int
    again: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    _process: subprocess.Popen[bytes] | None = None

    def start(self, words: Sequence[str] | None = None) -> None:
        """Start it. Raises NotStartedError."""
        self._process = subprocess.Popen(
            [word.format(port=self.port) for word in words or self.words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=os.environ | {name: text.format(port=self.port) for name, text in self.environment.items()},
        )
        until = time.monotonic() + _START_S
        while time.monotonic() < until and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise NotStartedError(f"{Path(self.words[0]).name} did not start")

    def restart(self) -> None:
        """Stop it as a user does, a moment after its last response, and start it again. Raises NotStartedError."""
        time.sleep(_WRITES_S)
        self.stop()
        self.start(self.again)

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


@contextmanager
def localstripe(folder: Path, version: str = LOCALSTRIPE) -> Iterator[Peer]:
    """Run localstripe. It keeps its state in a file of the system's temporary folder."""
    program = _from_pypi(folder / "localstripe", f"localstripe=={version}", "localstripe")
    words = (str(program), "--port", "{port}")
    yield from _run(Peer((*words, "--from-scratch"), folder, free_port(), words))


@contextmanager
def ministack(folder: Path, version: str) -> Iterator[Peer]:
    """Run ministack without our corrections, as its own program starts it."""
    program = _from_pypi(folder / "ministack", f"ministack=={version}", "ministack")
    environment = {"GATEWAY_PORT": "{port}", "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    yield from _run(Peer((str(program),), folder, free_port(), (str(program),), environment))


@contextmanager
def emulate(folder: Path, version: str = EMULATE) -> Iterator[Peer]:
    """Run the Stripe service of emulate."""
    project = folder / "emulate"
    project.mkdir()
    (project / "package.json").write_text(json.dumps({"private": True}))
    npm = (str(Path(sys.executable).with_name("npm")), "install", "--ignore-scripts", "--no-audit", "--no-fund")
    _install([*npm, f"emulate@{version}"], project)
    # The Node.js of this checkout, which npm is of too.
    program = (str(Path(sys.executable).with_name("node")), str(project / "node_modules" / ".bin" / "emulate"))
    words = (*program, "start", "--service", "stripe", "--port", "{port}")
    yield from _run(Peer(words, folder, free_port(), words))


def _run(peer: Peer) -> Iterator[Peer]:
    try:
        peer.start()
        yield peer
    finally:
        peer.stop()


def _from_pypi(where: Path, package: str, program: str) -> Path:
    venv.create(where, with_pip=True)
    pip = [str(where / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _install([*pip, package], where)
    return where / "bin" / program


def _install(words: Sequence[str], folder: Path) -> None:
    try:
        subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=_INSTALL_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalledError(words[-1]) from error
