"""An installed wheel, which deploys the cloud assembly that was synthesized when the wheel was built.

It needs neither Node.js nor CDK. What depends on the platform is made at the first start, in the user's cache: the
engine's virtual environment, and the functions' layers.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from cli.sandbox.installation import CLOUD_ASSEMBLY, ROOT, Installation, Say, output_as_detail, python_version
from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.sandbox.fingerprint import Fingerprint
    from cli.sandbox.state_dir import StateDir

_BUILD_RECORD: Final = "build.json"
_OUTPUT_LINES: Final = 15


@dataclass(frozen=True)
class BuildRecord:
    """The facts about a wheel's cloud assembly: its sources, the port in it, and the folders of its two layers.

    The layers are not in the wheel: one depends on the platform, the other on the version of Python.
    """

    fingerprint: str
    files: Mapping[str, str]
    port: int
    shared_layer: str
    vendor_layer: str

    @classmethod
    def read(cls, assembly: Path) -> Self:
        """Return the record of the assembly in a folder."""
        return cls(**json.loads((assembly / _BUILD_RECORD).read_text(encoding="utf-8")))

    def write(self, assembly: Path) -> None:
        """Write the record beside the assembly's files."""
        (assembly / _BUILD_RECORD).write_text(json.dumps(asdict(self)), encoding="utf-8")


class Wheel(Installation):
    """A wheel, whose files are in `root`: by default, the one that contains this file."""

    environment = Path(sys.prefix)
    remedy = "Run `paysandbox up` to install it."
    needs_make = False

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._assembly = root / CLOUD_ASSEMBLY
        self._engine_lock = root / "requirements" / "engine.txt"
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "paysandbox"
        self.home = Path.home() / ".paysandbox"
        self.images = cache / "images"
        self._layers = cache / "layers"
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
        from cli.sandbox.installed_packages import PackagesError, copy_packages
        from layers import build

        def install(packages: Path) -> None:
            copy_packages(build.LOCK, packages, is_unused=build.is_unused)

        try:
            with output_as_detail(say):
                return build.vendor_layer("local", into=self._layers, install=install)
        except (PackagesError, build.BuildError) as error:
            raise Failure(
                str(error),
                f"Install paysandbox again, in a virtual environment of its own. It now runs from {sys.prefix}.",
            ) from None

    def sources(self, environment: str) -> Fingerprint:
        """Return the fingerprint of the assembly's sources, this platform and this version of Python."""
        from cli.sandbox.fingerprint import Fingerprint

        built = BuildRecord.read(self._assembly)
        whole = json.dumps([built.fingerprint, environment, sys.version_info[:2], sysconfig.get_platform()])
        return Fingerprint(hashlib.sha256(whole.encode()).hexdigest(), built.files)

    def assemble(self, home: StateDir, target: Target, held: int | None) -> None:
        """Copy the wheel's assembly into the home, with its port and with layers for this machine."""
        from engine.state.stored import at_port
        from layers.build import TRACING_PACKAGES, shared_layer

        del held  # no process outlives this one
        built = BuildRecord.read(self._assembly)
        to = home.cloud_assembly
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self._assembly, to, ignore=shutil.ignore_patterns(_BUILD_RECORD))
        port = int(target.base_url.rpartition(":")[2])
        for file in to.glob("*.json"):
            file.write_text(at_port(file.read_text(encoding="utf-8"), built.port, port), encoding="utf-8")
        shutil.copytree(shared_layer("local", into=self._layers), to / built.shared_layer)
        shutil.copytree(self.vendor_layer(lambda _: None), to / built.vendor_layer)
        # As in stacks/functions.py: local functions are not traced.
        for name in TRACING_PACKAGES:
            for folder in (to / built.vendor_layer / "python").glob(f"{name}*"):
                shutil.rmtree(folder)

    def how_to_deploy(self, environment: str) -> str:
        """Return the sentence that says how to deploy an environment to AWS, which a wheel cannot do."""
        return (
            "The installed program does not deploy to AWS. Run `paysandbox eject DIR`, and in that folder `make build` "
            f"and `npx cdk deploy --all -c env={environment}`."
        )

    def app_sources(self) -> Iterator[tuple[str, bytes]]:
        """Yield the sources that the wheel was built from."""
        from cli.sandbox.eject import ARCHIVE, read_archive

        return read_archive(self._root / ARCHIVE)

    @property
    def _engine_stamp(self) -> Path:
        return self._engine / ".packages"

    def _install_engine(self) -> None:
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
