"""What hatchling packs into the wheel: the program, the local environment's cloud assembly, the requirements, and the
sources that `paysandbox eject` writes.

An editable installation contains nothing and requires nothing: it uses the checkout, and its packages come from
requirements/checkout.txt.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PROGRAM: Final = "paysandbox_program"
"""The wheel's only folder, with the checkout's layout. paysandbox.pth puts it on Python's path."""

_ENTRY_POINT: Final = "paysandbox_cli.py"

# What CDK writes for its own commands.
_NOT_DEPLOYED: Final = ("*.metadata.json", "tree.json", "validation-report.json", "synth.lock")


class WheelHook(BuildHookInterface):
    """Says what is in the wheel, and synthesizes the assembly for it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the program, the assembly and the requirements."""
        if version == "editable":
            return
        from cli.deploy.installed_packages import locked_packages
        from cli.deploy.sources import ARCHIVE, PACKED, archived_sources, write_archive
        from release.notices import FILE_NAME, notices

        root = Path(self.root)
        self._scratch = tempfile.TemporaryDirectory()
        scratch = Path(self._scratch.name)
        assembly, sources, licenses = (scratch / name for name in ("cloud_assembly", ARCHIVE, FILE_NAME))
        write_assembly(assembly)
        licenses.write_text(notices(), encoding="utf-8")
        write_archive(sources, archived_sources(root))
        build_data["force_include"] |= {str(root / part): f"{PROGRAM}/{part}" for part in (*PACKED, _ENTRY_POINT)}
        build_data["force_include"] |= {
            str(assembly): f"{PROGRAM}/cloud_assembly",
            str(sources): f"{PROGRAM}/{ARCHIVE}",
            str(licenses): f"{PROGRAM}/{FILE_NAME}",
            str(root / "release" / "paysandbox.pth"): "paysandbox.pth",
        }
        build_data["dependencies"] += map(str, locked_packages(root / "requirements" / "program.txt"))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - as hatchling calls it
        """Remove what was made for the wheel, which contains it."""
        if version != "editable":
            self._scratch.cleanup()


def write_assembly(folder: Path) -> None:
    """Synthesize the local environment into a folder, without the layers, which are made where the wheel is used."""
    from cli.connection.target import LOCAL, Target
    from cli.deploy.installation import Checkout
    from cli.deploy.sources import BuildRecord, CheckoutSources
    from cli.sandbox.engine import DEFAULT_PORT
    from cli.state.state_dir import StateDir

    sources = CheckoutSources()
    # Not on stdout, whose lines this is called with.
    Checkout().vendor_layer(lambda line: print(line, file=sys.stderr))
    with tempfile.TemporaryDirectory() as scratch:
        home = StateDir(Path(scratch))
        home.make()
        url = f"http://localhost:{DEFAULT_PORT}"
        sources.assemble(home, Target(LOCAL, "us-east-1", url, url, None), None)
        shutil.copytree(home.cloud_assembly, folder, ignore=shutil.ignore_patterns(*_NOT_DEPLOYED))
    made_of = sources.fingerprint(LOCAL)
    shared, vendor = (_layer_with(folder, package) for package in ("paysandbox", "boto3"))
    for layer in (shared, vendor):
        shutil.rmtree(layer)
    BuildRecord(made_of.whole, made_of.files, DEFAULT_PORT, shared.name, vendor.name).write(folder)


def _layer_with(assembly: Path, package: str) -> Path:
    [found] = assembly.glob(f"asset.*/python/{package}")
    return found.parent.parent
