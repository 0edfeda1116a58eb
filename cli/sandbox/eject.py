"""`paysandbox eject`: the sources of the CDK app, for a team that deploys it from a repository of its own.

The folder is a checkout without tests, benchmarks and the dashboard's sources. `make up`, `make build` and `cdk` work
in it as the docs say.
"""

from __future__ import annotations

import io
import shlex
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cli.sandbox import fingerprint
from cli.sandbox.installation import ROOT, installation
from cli.terminal.failure import Failure
from cli.terminal.output import print_json, print_line
from cli.terminal.text import counted

SOURCES: Final = (
    *fingerprint.SOURCES,
    ".gitignore",
    "LICENSE",
    "Makefile",
    "cli",
    "dashboard/built",
    "engine",
    "layers/aws_models.py",
    "package.json",
    "pyproject.toml",
    "release/hatch_build.py",
    "requirements",
)
"""What is ejected: everything that a synth reads, and what installs and runs its tools."""

ARCHIVE: Final = "app_sources.tar.xz"
"""The sources in a wheel. As files they could be imported, and would be compiled at every installation."""

# As in docs/how-to/deploy.md.
_DEPLOY: Final = (
    'PATH="$PWD/.venv/bin:$PWD/node_modules/.bin:$PATH"',
    "cdk bootstrap",
    "cdk deploy --all -c env=dev",
)

# Without it, `cdk` refuses to do anything. Written last, so that half a folder is not deployed.
_LAST: Final = "cdk.json"


def read_sources(root: Path = ROOT) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every source under `root`."""
    paths = {Path(path) for source in SOURCES for path in fingerprint.files_in(root / source)}
    names = sorted(path.relative_to(root).as_posix() for path in paths)
    yield from ((name, (root / name).read_bytes()) for name in names)


def write_archive(file: Path, sources: Iterable[tuple[str, bytes]]) -> None:
    """Write sources to an archive for a wheel: the same bytes for the same sources."""
    with tarfile.open(file, "w:xz") as archive:
        for name, content in sources:
            entry = tarfile.TarInfo(name)  # without times, owners and permissions of this machine
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def read_archive(file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every source in an archive."""
    with tarfile.open(file, "r:xz") as archive:
        for entry in archive:
            content = archive.extractfile(entry)
            assert content is not None, entry.name  # noqa: S101 - only a file is ever added
            yield entry.name, content.read()


def eject(folder: Path, sources: Iterable[tuple[str, bytes]]) -> int:
    """Write the sources into a folder that is empty or does not exist, and return the number of files.

    Raises Failure, and overwrites nothing. When interrupted, it leaves a folder that the next run refuses.
    """
    files = dict(sources)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except (FileExistsError, NotADirectoryError):
        raise Failure(f"{folder} is not a folder.", "Name a folder that is empty or does not exist.") from None
    if not is_empty:
        raise Failure(
            f"{folder} is not empty.",
            "Name a folder that is empty or does not exist. If an earlier `paysandbox eject` was interrupted, remove "
            "its folder first.",
        )
    for name in sorted(files, key=lambda name: (name == _LAST, name)):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as new:
            new.write(files[name])
    return len(files)


def eject_command(folder: Path, *, as_json: bool) -> None:
    """Write the sources into a folder, and print how to deploy from it."""
    folder = folder.expanduser().resolve()
    files = eject(folder, installation().app_sources())
    if as_json:
        print_json({"folder": str(folder), "files": files})
        return
    print_line(f"Wrote {counted(files, 'file')} to {folder}. To deploy them to AWS:")
    print_line("")
    for command in (f"cd {shlex.quote(str(folder))}", "make build", *_DEPLOY):
        print_line(f"  {command}")
    print_line("")
    print_line("docs/how-to/deploy.md has the settings. Commit the folder to a repository of your own.")
