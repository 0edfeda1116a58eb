"""The program of a checkout with what is made of it: what the wheel and the source distribution contain.

hatchling builds both in one process, and loads release/hatch_build.py again for each. This module stays loaded.
"""

import atexit
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from cli.connection.target import LOCAL, Target
from cli.deploy.archive import write_archive
from cli.deploy.fingerprint import fingerprint
from cli.deploy.installation import ASSEMBLY_ARCHIVE, CLOUD_ASSEMBLY, Checkout
from cli.deploy.sources import ARCHIVE, PACKED, BuildRecord, CheckoutSources, archived_sources
from cli.sandbox.engine import DEFAULT_PORT
from cli.state.state_dir import StateDir
from release.notices import FILE_NAME, notices

_ENTRY_POINT: Final = "paysandbox_cli.py"

# What CDK writes for its own commands.
_NOT_DEPLOYED: Final = ("*.metadata.json", "tree.json", "validation-report.json", "synth.lock")


@cache
def program_of(root: Path) -> Path:
    """Return a folder with the program of the checkout `root`. Made once, and removed when this process ends."""
    scratch = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    write_program(scratch / "program", root)
    return scratch / "program"


def write_program(folder: Path, root: Path) -> None:
    """Write what the wheel contains into a folder: the program of the checkout `root`, and what is made of it."""
    for part in (*PACKED, _ENTRY_POINT):
        to = folder / part
        to.parent.mkdir(parents=True, exist_ok=True)
        if (root / part).is_dir():
            shutil.copytree(root / part, to, ignore=shutil.ignore_patterns("__pycache__", ".built"))
        else:
            shutil.copy(root / part, to)
    write_assembly(folder)
    write_archive(folder / ARCHIVE, archived_sources(root))
    (folder / FILE_NAME).write_text(notices(), encoding="utf-8")


def write_assembly(folder: Path) -> None:
    """Synthesize the local environment into a wheel's folder, without the layers, which are made where it is used."""
    sources = CheckoutSources()
    # Not on stdout, whose lines this is called with.
    Checkout().vendor_layer(lambda line: print(line, file=sys.stderr))
    with tempfile.TemporaryDirectory() as scratch:
        home = StateDir(Path(scratch))
        home.make()
        url = f"http://localhost:{DEFAULT_PORT}"
        sources.synthesize(home, Target(LOCAL, "us-east-1", url, url, None), None)
        assembly = home.cloud_assembly
        shared, vendor = (_layer_with(assembly, package) for package in ("paysandbox", "boto3"))
        for layer in (shared, vendor):
            shutil.rmtree(layer)
        (folder / CLOUD_ASSEMBLY).mkdir()
        write_archive(folder / ASSEMBLY_ARCHIVE, _deployed(assembly))
    made_of = fingerprint({"env": LOCAL})
    record = BuildRecord(made_of.whole, made_of.files, DEFAULT_PORT, shared.name, vendor.name)
    record.write(folder / CLOUD_ASSEMBLY)


def _deployed(assembly: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an assembly, in the order of their names, but for those that only CDK reads."""
    for file in sorted(assembly.rglob("*")):
        if file.is_file() and not any(file.match(pattern) for pattern in _NOT_DEPLOYED):
            yield file.relative_to(assembly).as_posix(), file.read_bytes()


def _layer_with(assembly: Path, package: str) -> Path:
    [found] = assembly.glob(f"asset.*/python/{package}")
    return found.parent.parent
