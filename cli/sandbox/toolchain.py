"""What the sandbox is run with: node and the CDK CLI, the engine's own virtual environment, the vendor layer.

`make` installs them before it starts this program; whoever starts it directly after a pull gets what changed here. The
work is done by the scripts that `make` uses, so the two cannot differ.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from cli.sandbox.state_dir import ROOT
from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from types import ModuleType

ENGINE_PYTHON = ROOT / ".venv-engine" / "bin" / "python"
NODE_FOLDER = ROOT / ".venv" / "bin"
CDK = ROOT / "node_modules" / ".bin" / "cdk"

RUN_MAKE = "Run `make up`, which installs what is missing."


def node_tools(say: Callable[[str], None]) -> None:
    """Node on this program's PATH, and the CDK CLI exactly as package-lock.json says."""
    install = _script("requirements.install")
    with _told(say), _failing_with(install.InstallError):
        install.install("node_modules")


def engine_environment(say: Callable[[str], None]) -> None:
    """The engine's virtual environment, on this program's Python: the vendor layer is built for that one."""
    install = _script("requirements.install")
    with _told(say), _failing_with(install.InstallError):
        install.install(".venv-engine")


def vendor_layer(say: Callable[[str], None]) -> Path:
    """The third-party packages of the functions, for this machine."""
    build = _script("layers.build")
    with _told(say), _failing_with(build.BuildError):
        return build.vendor_layer("local")


def stale_parts() -> list[str]:
    """What `make` would install anew, by name. Touches nothing."""
    install = _script("requirements.install")
    python = install.python_to_use(this=True)
    return [part.name for part in install.PARTS if not part.is_ready(python)]


def _script(name: str) -> ModuleType:
    # Scripts of the checkout, not of the installed program: imported by name only when a command needs them.
    import importlib

    return importlib.import_module(name)


@contextmanager
def _failing_with(kind: type[BaseException]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        raise Failure(str(error)) from None


@contextmanager
def _told(say: Callable[[str], None]) -> Iterator[None]:
    """What the scripts print becomes the step's detail."""
    with redirect_stdout(_Lines(say)):
        yield


class _Lines:
    """A stream that hands on each line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.strip():
                self._say(line.strip())
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


def python_version() -> str:
    """Of the Python that runs this program."""
    return ".".join(map(str, sys.version_info[:3]))
