"""The tools that run the sandbox: Node.js and the CDK CLI, the engine's virtual environment, the vendor layer.

`make` installs them before it starts this program; after a pull, this program installs what changed. Both use the same
scripts, so they cannot differ.
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

RUN_MAKE = "Run `make up` to install it."


def node_tools(say: Callable[[str], None]) -> None:
    """Install Node.js, and the CDK CLI at the version in package-lock.json."""
    install = _script("requirements.install")
    with _told(say), _failing_with(install.InstallError):
        install.install("node_modules")


def engine_environment(say: Callable[[str], None]) -> None:
    """Install the engine's virtual environment with this program's Python, for which the vendor layer is built."""
    install = _script("requirements.install")
    with _told(say), _failing_with(install.InstallError):
        install.install(".venv-engine")


def vendor_layer(say: Callable[[str], None]) -> Path:
    """Build the functions' third-party packages for this machine."""
    build = _script("layers.build")
    with _told(say), _failing_with(build.BuildError):
        return build.vendor_layer("local")


def stale_parts() -> list[str]:
    """Return the names of the parts that `make` would reinstall. Changes nothing."""
    install = _script("requirements.install")
    python = install.python_to_use(this=True)
    return [part.name for part in install.PARTS if not part.is_ready(python)]


def _script(name: str) -> ModuleType:
    # These are scripts of the checkout, not part of the installed program, so they are imported by name when needed.
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
    """Show the scripts' output as the step's detail."""
    with redirect_stdout(_Lines(say)):
        yield


class _Lines:
    """A stream that passes on each line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.strip():
                self._say(line.strip())
        return len(text)

    def flush(self) -> None:
        """Do nothing: lines are not buffered."""


def python_version() -> str:
    """Return the version of the Python that runs this program."""
    return ".".join(map(str, sys.version_info[:3]))
