"""Writes the files of a release into dist/: packages for PyPI, SBOM, licenses of others, API documents, checksums.

    python -m release.files

The same commit gives the same bytes with the same version of Python.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from api_reference import openapi_file
from api_reference.postman import postman_json
from paysandbox import VERSION
from release.notices import FILE_NAME, notices
from release.sbom import sbom

ROOT: Final = Path(__file__).resolve().parent.parent
DIST: Final = ROOT / "dist"
SBOM: Final = "paysandbox.cdx.json"
COLLECTION: Final = "postman.json"
DOCUMENT: Final = openapi_file.FILE.name
CHECKSUMS: Final = "SHA256SUMS"

PROJECTS: Final[Mapping[str, Path]] = {
    "paysandbox": ROOT,
    "paysandbox_client": ROOT / "packages" / "paysandbox-client",
    "pytest_paysandbox": ROOT / "packages" / "pytest-paysandbox",
}
"""The folders of the packages for PyPI, by the names that their files begin with."""

BESIDE_THE_PACKAGES: Final[dict[str, Callable[[], str]]] = {
    FILE_NAME: notices,
    SBOM: lambda: json.dumps(sbom(), indent=2) + "\n",
    COLLECTION: postman_json,
    DOCUMENT: openapi_file.openapi_json,
}


def main() -> None:
    DIST.mkdir(exist_ok=True)
    openapi_file.write()
    for project in PROJECTS.values():
        build(project, DIST)
    for name, text in BESIDE_THE_PACKAGES.items():
        (DIST / name).write_text(text(), encoding="utf-8")
    packages = [name for project in PROJECTS for name in package_files(project)]
    (DIST / CHECKSUMS).write_text(checksums(DIST, *BESIDE_THE_PACKAGES, *packages), encoding="utf-8")


def build(project: Path, folder: Path) -> None:
    """Build a project's wheel and source distribution into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=project, check=True)


def package_files(project: str, version: str = VERSION) -> list[str]:
    """Return the names of a project's wheel and source distribution."""
    return [f"{project}-{version}-py3-none-any.whl", f"{project}-{version}.tar.gz"]


def checksums(folder: Path, *names: str) -> str:
    """Return the SHA-256 of files in a folder, as `sha256sum --check` reads them."""
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items())


if __name__ == "__main__":
    main()
