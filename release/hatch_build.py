"""What hatchling packs into the wheel and the source distribution (sdist), and the description that PyPI shows.

The wheel contains the program, the local environment's cloud assembly, the requirements, and the sources that
`paysandbox eject` writes. The sdist contains the same folder, made in advance: a wheel that is built from it needs
hatchling only, neither Node.js nor CDK, and has the same bytes.

An editable installation contains nothing and requires nothing: it uses the checkout, and its packages come from
requirements/checkout.txt.
"""

import re
import shutil
import sys
import tempfile
from email import message_from_string
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

PROGRAM: Final = "paysandbox_program"
"""The wheel's only folder, with the checkout's layout. paysandbox.pth puts it on Python's path."""

_ENTRY_POINT: Final = "paysandbox_cli.py"

# What CDK writes for its own commands.
_NOT_DEPLOYED: Final = ("*.metadata.json", "tree.json", "validation-report.json", "synth.lock")

# A link of the README to a file of the repository: neither to another site nor within the page.
_RELATIVE_LINK: Final = re.compile(r"(?<=\]\()(?!https?:|#)(?=[^)\s]+\))")
_RELATIVE_IMAGE: Final = re.compile(r"(?<=!\[)([^\]]*\]\()(?!https?:)(?=[^)\s]+\))")


class BuildHook(BuildHookInterface):
    """Says what is in the wheel and in the sdist, and synthesizes the assembly for them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the program with its assembly, and the requirements."""
        if version == "editable":
            return
        root = Path(self.root)
        self._scratch = tempfile.TemporaryDirectory()
        program = root / PROGRAM
        if program.is_dir():  # an unpacked sdist
            build_data["dependencies"] += requirements_of(root / "PKG-INFO")
        else:
            from cli.deploy.installed_packages import locked_packages

            program = Path(self._scratch.name) / PROGRAM
            write_program(program, root)
            build_data["dependencies"] += map(str, locked_packages(root / "requirements" / "program.txt"))
        build_data["force_include"] |= {str(program): PROGRAM}
        if self.target_name == "wheel":
            build_data["force_include"] |= {str(root / "release" / "paysandbox.pth"): "paysandbox.pth"}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - as hatchling calls it
        """Remove what was made for the archive, which contains it."""
        if version != "editable":
            self._scratch.cleanup()


class MetadataHook(MetadataHookInterface):
    """Makes the README the description, with links that work outside the repository."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add `readme`. An ejected folder has no README, and is only installed in place."""
        readme, text = Path(self.root) / "README.md", metadata["description"]
        if readme.is_file():
            text = with_absolute_links(
                readme.read_text(encoding="utf-8"), metadata["urls"]["Source"], metadata["version"]
            )
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def with_absolute_links(text: str, repository: str, version: str) -> str:
    """Return a Markdown text whose links to files are addresses at a version of a repository on GitHub."""
    shown = _RELATIVE_IMAGE.sub(rf"\g<1>{repository}/raw/v{version}/", text)
    return _RELATIVE_LINK.sub(f"{repository}/blob/v{version}/", shown)


def requirements_of(package_information: Path) -> list[str]:
    """Return what a distribution requires without an extra, as its PKG-INFO says."""
    told = message_from_string(package_information.read_text(encoding="utf-8")).get_all("Requires-Dist") or []
    return [requirement for requirement in told if "extra ==" not in requirement]


def write_program(folder: Path, root: Path) -> None:
    """Write what the wheel contains into a folder: the program of the checkout `root`, and what is made of it."""
    from cli.deploy.sources import ARCHIVE, PACKED, archived_sources, write_archive
    from release.notices import FILE_NAME, notices

    for part in (*PACKED, _ENTRY_POINT):
        to = folder / part
        to.parent.mkdir(parents=True, exist_ok=True)
        if (root / part).is_dir():
            shutil.copytree(root / part, to, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / part, to)
    write_assembly(folder / "cloud_assembly")
    write_archive(folder / ARCHIVE, archived_sources(root))
    (folder / FILE_NAME).write_text(notices(), encoding="utf-8")


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
