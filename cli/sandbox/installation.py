"""What this program runs from: a checkout of the repository, or a wheel.

It says where things are and how they are made. Everything else asks `installation()`, so that no other module
distinguishes the two.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.sandbox.fingerprint import Fingerprint
    from cli.sandbox.state_dir import StateDir

ROOT: Final = Path(__file__).resolve().parents[2]
"""The folder that contains `cli`: the repository, or the wheel's copy of what it needs, at the same paths."""

CLOUD_ASSEMBLY: Final = "cloud_assembly"
"""The folder of the local environment's cloud assembly. Only a wheel has it; a checkout synthesizes it for each state
folder."""

Say = Callable[[str], None]
"""Shows a line as the detail of the current step."""


class Installation(ABC):
    """A checkout or a wheel."""

    home: Path
    """The default state folder."""

    images: Path
    """The folder of images of deployed sandboxes (image.py)."""

    engine_python: Path
    """The Python of the engine's virtual environment."""

    environment: Path
    """The virtual environment that this program should run from."""

    remedy: str
    """How to install a missing or outdated part."""

    needs_make: bool
    """Whether `make` installs its parts."""

    @abstractmethod
    def stale_parts(self) -> list[str]:
        """Return the names of the parts that are missing or outdated. Changes nothing."""

    @abstractmethod
    def is_engine_stale(self) -> bool:
        """Return whether the engine's environment is missing or outdated. Changes nothing."""

    @abstractmethod
    def install_tools(self, say: Say) -> str:
        """Install what is missing or outdated, and return what is installed."""

    @abstractmethod
    def vendor_layer(self, say: Say) -> Path:
        """Build the functions' third-party packages for this machine, and return the folder."""

    @abstractmethod
    def sources(self, environment: str) -> Fingerprint:
        """Return the fingerprint of everything that is deployed to an environment.

        The port is not included: the engine rewrites it when it loads its state (engine/state/stored.py).
        """

    @abstractmethod
    def assemble(self, home: StateDir, target: Target, held: int | None) -> None:
        """Write the cloud assembly for a target into its home. `held` is the descriptor of the home's lock."""

    @abstractmethod
    def how_to_deploy(self, environment: str) -> str:
        """Return the sentence that says how to deploy an environment to AWS."""

    @abstractmethod
    def app_sources(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the content of every file that deploying to AWS needs."""


@cache
def installation() -> Installation:
    """Return the installation that this program runs from."""
    if (ROOT / CLOUD_ASSEMBLY).is_dir():
        from cli.sandbox.wheel import Wheel

        return Wheel()
    from cli.sandbox.checkout import Checkout

    return Checkout()


def python_version() -> str:
    """Return the version of the Python that runs this program."""
    return ".".join(map(str, sys.version_info[:3]))


@contextmanager
def output_as_detail(say: Say) -> Iterator[None]:
    """Show the scripts' output as the step's detail."""
    with redirect_stdout(_Lines(say)):
        yield


class _Lines:
    """A stream that passes on each line."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.strip():
                self._say(line.strip())
        return len(text)

    def flush(self) -> None:
        """Do nothing: lines are not buffered."""
