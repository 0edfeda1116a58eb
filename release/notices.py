"""THIRD_PARTY_LICENSES: the licenses of the npm packages whose code is in the wheel.

Packages from PyPI are not in it: they are installed beside it, with their own licenses.
"""

import json
from pathlib import Path
from typing import Final

from layers.reference import COPIED, NODE_MODULES, ROOT

FILE_NAME: Final = "THIRD_PARTY_LICENSES"

BUILT: Final = ("dashboard/built", "lambdas/donations/page")
"""Folders of pages that are built from npm packages."""

_INTRODUCTION: Final = "The wheel of Serverless Payments Sandbox contains code of these npm packages."
_HEADING: Final = "## "
_APACHE: Final = "(Apache-2.0)"


def notices() -> str:
    """Return the notices of built pages, as their builds wrote them, and of the scripts of the pages under /docs."""
    built = sorted({section for folder in BUILT for section in _sections(ROOT / folder / "licenses.txt")})
    packages = sorted({file.partition("/")[0] for file in COPIED.values()})
    return "\n\n".join([_INTRODUCTION, *map(_package, packages), *_with_apache_license(built)]) + "\n"


def _with_apache_license(sections: list[str]) -> list[str]:
    """Return the notices, with the license's text where a package under Apache-2.0 comes without its own copy.

    That text is the same for all packages, unlike MIT's, which names the copyright holder.
    """
    texts = [section.partition("\n")[2] for section in sections if section.partition("\n")[0].endswith(_APACHE)]
    text = next(filter(None, texts), "")
    return [section + f"\n{text}" * section.endswith(_APACHE) for section in sections]


def _sections(file: Path) -> list[str]:
    """Return a list of licenses as the notice of each package."""
    _, *sections = file.read_text(encoding="utf-8").split(f"\n{_HEADING}")
    return [f"{_HEADING}{section.strip()}" for section in sections]


def _package(name: str) -> str:
    facts = json.loads((NODE_MODULES / name / "package.json").read_text(encoding="utf-8"))
    files = [file for file in COPIED.values() if file.startswith(f"{name}/") and Path(file).suffix in {"", ".txt"}]
    texts = [(NODE_MODULES / file).read_text(encoding="utf-8").strip() for file in files]
    return "\n\n".join([f"{_HEADING}{name} - {facts['version']} ({facts['license']})", *texts])
