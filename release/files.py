"""Writes the files of a release into dist/: the wheel, its SBOM, the licenses of others, and the checksums of all.

    python -m release.files

The same commit gives the same bytes with the same version of Python.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from paysandbox import VERSION
from release.notices import FILE_NAME, notices
from release.sbom import sbom

ROOT: Final = Path(__file__).resolve().parent.parent
DIST: Final = ROOT / "dist"
WHEEL: Final = f"paysandbox-{VERSION}-py3-none-any.whl"
SBOM: Final = "paysandbox.cdx.json"
CHECKSUMS: Final = "SHA256SUMS"


def main() -> None:
    DIST.mkdir(exist_ok=True)
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(DIST)]
    subprocess.run(build, cwd=ROOT, check=True)
    (DIST / SBOM).write_text(json.dumps(sbom(), indent=2) + "\n", encoding="utf-8")
    (DIST / FILE_NAME).write_text(notices(), encoding="utf-8")
    (DIST / CHECKSUMS).write_text(checksums(DIST, FILE_NAME, SBOM, WHEEL), encoding="utf-8")


def checksums(folder: Path, *names: str) -> str:
    """Return the SHA-256 of files in a folder, as `sha256sum --check` reads them."""
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items())


if __name__ == "__main__":
    main()
