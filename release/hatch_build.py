"""What hatchling packs into the wheel and the source distribution (sdist), and the description that PyPI shows.

The wheel contains the program, the local environment's cloud assembly, the requirements, and the sources that
`paysandbox eject` writes. The sdist contains the same folder, made in advance: a wheel that is built from it needs
hatchling only, neither Node.js nor CDK, and has the same bytes.

An editable installation contains nothing and requires nothing: it uses the checkout, and its packages come from
requirements/checkout.txt.
"""

import re
from email import message_from_string
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

PROGRAM: Final = "paysandbox_program"
"""The wheel's only folder, with the checkout's layout. paysandbox.pth puts it on Python's path."""

# A link of the README to a file of the repository: neither to another site nor within the page.
_RELATIVE_LINK: Final = re.compile(r"(?<=\]\()(?!https?:|#)(?=[^)\s]+\))")
_RELATIVE_IMAGE: Final = re.compile(r"(?<=!\[)([^\]]*\]\()(?!https?:)(?=[^)\s]+\))")


class BuildHook(BuildHookInterface):
    """Says what is in the wheel and in the sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the program with its assembly, and the requirements."""
        if version == "editable":
            return
        root = Path(self.root)
        program = root / PROGRAM
        if program.is_dir():  # an unpacked sdist
            build_data["dependencies"] += requirements_of(root / "PKG-INFO")
        else:
            from layers.installed_packages import locked_packages
            from release.program import program_of

            program = program_of(root)
            build_data["dependencies"] += map(str, locked_packages(root / "requirements" / "program.txt"))
        build_data["force_include"] |= {str(program): PROGRAM}
        if self.target_name == "wheel":
            build_data["force_include"] |= {str(root / "release" / "paysandbox.pth"): "paysandbox.pth"}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Compress the wheel as far as zlib can. hatchling compresses it at the default level."""
        del build_data
        if self.target_name == "wheel" and version != "editable":
            compress(Path(artifact_path))


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


def compress(wheel: Path) -> None:
    """Write a wheel again at the highest level of compression. Nothing else of it changes."""
    smaller = wheel.with_suffix(".smaller")
    with ZipFile(wheel) as before, ZipFile(smaller, "w") as after:
        for member in before.infolist():
            after.writestr(member, before.read(member), ZIP_DEFLATED, compresslevel=9)
    smaller.replace(wheel)


def with_absolute_links(text: str, repository: str, version: str) -> str:
    """Return a Markdown text whose links to files are addresses at a version of a repository on GitHub."""
    shown = _RELATIVE_IMAGE.sub(rf"\g<1>{repository}/raw/v{version}/", text)
    return _RELATIVE_LINK.sub(f"{repository}/blob/v{version}/", shown)


def requirements_of(package_information: Path) -> list[str]:
    """Return what a distribution requires without an extra, as its PKG-INFO says."""
    told = message_from_string(package_information.read_text(encoding="utf-8")).get_all("Requires-Dist") or []
    return [requirement for requirement in told if "extra ==" not in requirement]
