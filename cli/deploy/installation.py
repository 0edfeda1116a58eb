"""What this program runs from: a checkout of the repository, or a wheel.

It says where things are, and installs what is missing. What is deployed from it is in sources.py. Everything else asks
`installation()` and `sources()`, so that no other module distinguishes the two.

A checkout is installed by `make` before it starts this program; after a pull, this program installs what changed. Both
use the same scripts, so they cannot differ. A wheel makes what depends on the platform at the first start, in the
user's cache: the engine's virtual environment, and the functions' layers.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from types import ModuleType

ROOT: Final = Path(__file__).resolve().parents[2]
"""The folder that contains `cli`: the repository, or the wheel's copy of what it needs, at the same paths."""

CLOUD_ASSEMBLY: Final = "cloud_assembly"
"""The folder of the local environment's cloud assembly. Only a wheel has it; a checkout synthesizes it for each state
folder."""

ASSEMBLY_ARCHIVE: Final = f"{CLOUD_ASSEMBLY}/files.tar.xz"
"""The files of a wheel's cloud assembly. Beside each other in the wheel, they would be half as large again."""

_ENGINE: Final = ".venv-engine"
_OUTPUT_LINES: Final = 15


def user_cache() -> Path:
    """Return the folder of what can be made again, in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "paysandbox"


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
    def how_to_deploy(self, environment: str) -> str:
        """Return the sentence that says how to deploy an environment to AWS."""


class Checkout(Installation):
    """The repository that contains this file."""

    home = ROOT / ".sandbox"
    engine_python = ROOT / _ENGINE / "bin" / "python"
    environment = ROOT / ".venv"
    remedy = "Run `make up` to install it."
    needs_make = True

    def __init__(self) -> None:
        # Clones of the same commit, and work trees, share one image: it has no path of theirs.
        self.images = user_cache() / "images"

    def stale_parts(self) -> list[str]:
        """Return the names of the parts that `make up` would reinstall."""
        install = _script("requirements.install")
        python = install.python_to_use(this=True)
        for_a_sandbox = (part for part in install.PARTS if part.purpose == install.Purpose.SANDBOX)
        return [part.name for part in for_a_sandbox if not part.is_ready(python)]

    def is_engine_stale(self) -> bool:
        """Return whether `make up` would reinstall the engine's environment."""
        return _ENGINE in self.stale_parts()

    def install_tools(self, say: Say) -> str:
        """Install the engine's virtual environment, with this program's Python, for which the vendor layer is built."""
        install = _script("requirements.install")
        with output_as_detail(say), _failing_with(install.InstallError):
            install.install(_ENGINE)
        return f"Python {python_version()} and the engine installed"

    def vendor_layer(self, say: Say) -> Path:
        """Copy the functions' third-party packages from those of this program, and install those of the pages."""
        install, build = _script("requirements.install"), _script("layers.build")
        with output_as_detail(say), _failing_with(install.InstallError):
            install.install(install.PAGE_PACKAGES.name)
        with output_as_detail(say), _failing_with(build.BuildError):
            return build.vendor_layer("local")

    def how_to_deploy(self, environment: str) -> str:
        """Return the sentence that says how to deploy an environment to AWS."""
        return f"Deploy it with `make build` and `npx cdk deploy --all -c env={environment}`."


class Wheel(Installation):
    """A wheel, whose files are in `root`: by default, the one that contains this file."""

    environment = Path(sys.prefix)
    remedy = "Run `paysandbox up` to install it."
    needs_make = False

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self._engine_lock = root / "requirements" / "engine.txt"
        cache = user_cache()
        self.home = Path.home() / ".paysandbox"
        self.images = cache / "images"
        self.layers = cache / "layers"
        # A virtual environment refers to the Python that made it.
        made_of = f"{os.path.realpath(sys.executable)} {sys.version}".encode() + self._engine_lock.read_bytes()
        self._engine = cache / f"engine-{hashlib.sha256(made_of).hexdigest()[:12]}"
        self.engine_python = self._engine / "bin" / "python"

    def stale_parts(self) -> list[str]:
        """Return the engine's environment if it is missing or incomplete."""
        return ["the engine's environment"] if self.is_engine_stale() else []

    def is_engine_stale(self) -> bool:
        """Return whether the engine's environment is missing or incomplete."""
        return not self._engine_stamp.is_file()

    def install_tools(self, say: Say) -> str:
        """Install the engine's environment from its lock file."""
        if self.is_engine_stale():
            say("installing the engine")
            self._engine.parent.mkdir(parents=True, exist_ok=True)
            with self._engine.with_suffix(".lock").open("w") as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                if self.is_engine_stale():  # otherwise another process installed it meanwhile
                    self._install_engine()
        return f"Python {python_version()} and the engine installed"

    def vendor_layer(self, say: Say) -> Path:
        """Copy the functions' third-party packages from those of this program."""
        from layers import build

        try:
            with output_as_detail(say):
                return build.vendor_layer("local", into=self.layers, may_fetch=False)
        except build.BuildError as error:
            raise Failure(
                str(error),
                f"Install paysandbox again, in a virtual environment of its own. It now runs from {sys.prefix}.",
            ) from None

    def how_to_deploy(self, environment: str) -> str:
        """Return the sentence that says how to deploy an environment to AWS, which a wheel cannot do."""
        return (
            "The installed program does not deploy to AWS. Run `paysandbox eject DIR`, and in that folder `make build` "
            f"and `npx cdk deploy --all -c env={environment}`."
        )

    @property
    def _engine_stamp(self) -> Path:
        return self._engine / ".packages"

    def _install_engine(self) -> None:
        import subprocess
        import venv

        from uv import find_uv_bin

        venv.create(self._engine, clear=True, symlinks=True)
        sync = [find_uv_bin(), "pip", "sync", "--quiet", "--require-hashes", "--python", str(self.engine_python)]
        # From any index, as pip does: the hashes guarantee that it is the same package.
        settings = {"UV_INDEX_STRATEGY": "unsafe-best-match"} | os.environ
        done = subprocess.run(
            [*sync, str(self._engine_lock)], env=settings, text=True, capture_output=True, check=False
        )
        if done.returncode != 0:
            raise Failure(
                [*done.stderr.strip().splitlines()[-_OUTPUT_LINES:], "", "The engine could not be installed."],
                "If the network failed, run the command again. To use another package index, set UV_DEFAULT_INDEX.",
            )
        self._engine_stamp.touch()


@cache
def installation() -> Checkout | Wheel:
    """Return the installation that this program runs from."""
    return Wheel() if (ROOT / CLOUD_ASSEMBLY).is_dir() else Checkout()


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


def _script(name: str) -> ModuleType:
    # These are scripts of the checkout, not part of the installed program, so they are imported by name when needed.
    return importlib.import_module(name)


@contextmanager
def _failing_with(kind: type[BaseException]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        raise Failure(str(error)) from None
