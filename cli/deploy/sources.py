"""What is deployed: the files of the CDK app, their fingerprint, and the cloud assembly that is made of them.

A checkout synthesizes its assembly, unless the user's cache has one of the same sources. A wheel contains one, which
was synthesized when the wheel was built, so that it needs neither Node.js nor CDK; it contains the app's files for
`paysandbox eject`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import sysconfig
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Self

from cli.deploy import fingerprint
from cli.deploy.archive import read_archive
from cli.deploy.cached_folders import CachedFolders, DamagedFolderError
from cli.deploy.cdk import ProgramError, synthesize
from cli.deploy.fingerprint import Fingerprint
from cli.deploy.installation import ASSEMBLY_ARCHIVE, CLOUD_ASSEMBLY, ROOT, Wheel, installation
from cli.deploy.npm_lock import LOCK, MANIFEST, without_workspaces
from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.state.state_dir import StateDir

EJECTED: Final = (
    *fingerprint.SOURCES,
    ".gitignore",
    "LICENSE",
    "Makefile",
    "cli",
    "dashboard/built",
    "engine",
    "package.json",
    "pyproject.toml",
    "release/hatch_build.py",
    *(
        f"requirements/{name}"
        for name in ("checkout.txt", "engine.txt", "install.py", "layer.txt", "program.txt", "uv.txt")
    ),
)
"""What is ejected: everything that a synth reads, and what installs and runs its tools."""

PACKED: Final = (
    "api_reference",
    "cli",
    "dashboard/built",
    "dashboard_site",
    "engine",
    "layers/aws_models.py",
    "layers/build.py",
    "layers/installed_packages.py",
    "layers/shared/python",
    "requirements/engine.txt",
    "requirements/layer.txt",
)
"""What is ejected and what a wheel's program reads too. A wheel contains it as files, at the same paths."""

DEPLOYED: Final = "lambdas/donations/page"
"""A built page that is deployed as it is: a wheel has it in its cloud assembly, and not among the other sources."""

ARCHIVE: Final = "app_sources.tar.xz"
"""The other sources in a wheel. As files they could be imported, and would be compiled at every installation."""

ASSEMBLIES_MAX: Final = 3
"""The number of assemblies in the user's cache, as of images. Each is about 60 MB."""

_BUILD_RECORD: Final = "build.json"


class Sources(ABC):
    """What is deployed from a checkout or a wheel."""

    @abstractmethod
    def fingerprint(self, environment: str) -> Fingerprint:
        """Return the fingerprint of everything that is deployed to an environment.

        The port is not included: the engine rewrites it when it loads its state (engine/state/stored.py).
        """

    @abstractmethod
    def assemble(self, home: StateDir, target: Target, held: int | None) -> None:
        """Write the cloud assembly for a target into its home. `held` is the descriptor of the home's lock."""

    @abstractmethod
    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the content of every file that deploying to AWS needs."""


def sources() -> Sources:
    """Return the sources of the installation that this program runs from."""
    installed = installation()
    return WheelSources(installed) if isinstance(installed, Wheel) else CheckoutSources()


class CheckoutSources(Sources):
    """The sources of the repository that contains this file."""

    def fingerprint(self, environment: str) -> Fingerprint:
        """Return the fingerprint of the files that a synth reads, and of this platform, whose layer is deployed."""
        return fingerprint.fingerprint({"env": environment, "platform": sysconfig.get_platform()})

    def assemble(self, home: StateDir, target: Target, held: int | None) -> None:
        """Copy the assembly of these sources from the user's cache, or synthesize it, and keep it there."""
        from cli.sandbox.engine import DEFAULT_PORT
        from cli.state.image import Images

        digest, port = self.fingerprint(target.environment).whole, _port(target)
        cached = CachedFolders(Images.find().assemblies, ASSEMBLIES_MAX)

        def copy(folder: Path) -> None:
            _copy_assembly(folder / CLOUD_ASSEMBLY, home.cloud_assembly, before=DEFAULT_PORT, now=port)

        def write(folder: Path) -> bool:
            _copy_assembly(home.cloud_assembly, folder / CLOUD_ASSEMBLY, before=port, now=DEFAULT_PORT)
            return True

        with suppress(DamagedFolderError):
            if cached.use(digest, copy):
                return
        self.synthesize(home, target, held)
        cached.keep(digest, write)

    def synthesize(self, home: StateDir, target: Target, held: int | None) -> None:
        """Synthesize the app into the home."""
        context = {"env": target.environment, "port": str(_port(target))}
        with (home.path / "synth.log").open("w", encoding="utf-8") as log:
            try:
                synthesize(target, home, context, log=log, held=held)
            except ProgramError as error:
                raise Failure(
                    [*error.output, "", "The CDK app could not be synthesized."],
                    "Fix the error in app.py or stacks/ that is shown above, then run the command again.",
                ) from None

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files of this checkout."""
        return read_sources()


class WheelSources(Sources):
    """The cloud assembly of a wheel, and the sources that it was built from: its program and its archive."""

    def __init__(self, wheel: Wheel) -> None:
        self._wheel = wheel
        self._assembly = wheel.root / CLOUD_ASSEMBLY

    def fingerprint(self, environment: str) -> Fingerprint:
        """Return the fingerprint of the assembly's sources, this platform and this version of Python."""
        built = BuildRecord.read(self._assembly)
        whole = json.dumps([built.fingerprint, environment, sys.version_info[:2], sysconfig.get_platform()])
        return Fingerprint(hashlib.sha256(whole.encode()).hexdigest(), built.files)

    def assemble(self, home: StateDir, target: Target, held: int | None) -> None:
        """Copy the wheel's assembly into the home, with its port and with layers for this machine."""
        from layers.build import TRACING_PACKAGES, shared_layer

        del held  # no process outlives this one
        built = BuildRecord.read(self._assembly)
        to = home.cloud_assembly
        shutil.rmtree(to, ignore_errors=True)
        for name, content in read_archive(self._wheel.root / ASSEMBLY_ARCHIVE):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).write_bytes(content)
        _rewrite_port(to, before=built.port, now=_port(target))
        shutil.copytree(shared_layer("local", into=self._wheel.layers), to / built.shared_layer)
        shutil.copytree(self._wheel.vendor_layer(lambda _: None), to / built.vendor_layer)
        # As in stacks/functions.py: local functions are not traced.
        for name in TRACING_PACKAGES:
            for folder in (to / built.vendor_layer / "python").glob(f"{name}*"):
                shutil.rmtree(folder)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files that the wheel was built from."""
        yield from read_sources(self._wheel.root, PACKED)
        yield from read_archive(self._wheel.root / ARCHIVE)
        page = PurePosixPath(DEPLOYED.removeprefix("lambdas/"))
        for name, content in read_archive(self._wheel.root / ASSEMBLY_ARCHIVE):
            path = PurePosixPath(name)
            if path.match(f"asset.*/{page}/*"):
                yield f"{DEPLOYED}/{path.name}", content


def _port(target: Target) -> int:
    return int(target.base_url.rpartition(":")[2])


def _copy_assembly(assembly: Path, to: Path, *, before: int, now: int) -> None:
    """Replace a folder by a copy of an assembly, with another port in its templates."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(assembly, to)
    _rewrite_port(to, before=before, now=now)


def _rewrite_port(assembly: Path, *, before: int, now: int) -> None:
    """Write another port into the templates of an assembly."""
    from engine.state.stored import at_port

    for file in assembly.glob("*.json"):
        file.write_text(at_port(file.read_text(encoding="utf-8"), before, now), encoding="utf-8")


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


def read_sources(root: Path = ROOT, sources: Iterable[str] = EJECTED) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every source under `root`."""
    paths = {Path(path) for source in sources for path in fingerprint.files_in(root / source)}
    files = {name: (root / name).read_bytes() for name in sorted(path.relative_to(root).as_posix() for path in paths)}
    if MANIFEST in files:
        files[MANIFEST], files[LOCK] = without_workspaces(files[MANIFEST], files[LOCK])
    yield from files.items()


def archived_sources(root: Path = ROOT) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every source that neither a wheel's program nor its cloud assembly contains."""
    program = {name for name, _ in read_sources(root, (*PACKED, DEPLOYED))}
    yield from ((name, content) for name, content in read_sources(root) if name not in program)
