"""Writes the files of a release into dist/: wheel, SBOM, licenses of others, Postman collection, checksums of all.

    python -m release.files

The same commit gives the same bytes with the same version of Python.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from api_reference.postman import postman_json
from paysandbox import VERSION
from release.notices import FILE_NAME, notices
from release.sbom import sbom

ROOT: Final = Path(__file__).resolve().parent.parent
DIST: Final = ROOT / "dist"
WHEEL: Final = f"paysandbox-{VERSION}-py3-none-any.whl"
SBOM: Final = "paysandbox.cdx.json"
COLLECTION: Final = "postman.json"
CHECKSUMS: Final = "SHA256SUMS"

BESIDE_THE_WHEEL: Final[dict[str, Callable[[], str]]] = {
    FILE_NAME: notices,
    SBOM: lambda: json.dumps(sbom(), indent=2) + "\n",
    COLLECTION: postman_json,
}


def main() -> None:
    DIST.mkdir(exist_ok=True)
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(DIST)]
    subprocess.run(build, cwd=ROOT, check=True)
    for name, text in BESIDE_THE_WHEEL.items():
        (DIST / name).write_text(text(), encoding="utf-8")
    (DIST / CHECKSUMS).write_text(checksums(DIST, *BESIDE_THE_WHEEL, WHEEL), encoding="utf-8")


def checksums(folder: Path, *names: str) -> str:
    """Return the SHA-256 of files in a folder, as `sha256sum --check` reads them."""
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items())


if __name__ == "__main__":
    main()
