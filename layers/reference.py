"""Puts beside the reference handlers what they serve and nobody commits: Swagger UI, and the OpenAPI document.

    python layers/reference.py

Swagger UI comes from npm, pinned with its hash in package-lock.json; the document is made from the routes as they are.
Everything goes into `lambdas/reference/.built/`, which is part of the functions' asset and of no fingerprint, since it
follows from sources that are. A file that is right is not touched; others are replaced whole.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "lambdas" / "reference" / ".built"
SWAGGER_UI = ROOT / "node_modules" / "swagger-ui-dist"

COPIED = ("LICENSE", "NOTICE", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css")

MAKING = ".making-"

_SOURCE_MAP = re.compile(rb"\n?/\*# sourceMappingURL=\S+\*/\s*$")


class ReferenceFilesError(Exception):
    """A missing file and the remedy, for the person at the terminal."""


def reference_files() -> Path:
    """Write the files that are out of date, and return their folder."""
    wanted = {"openapi.json": document_text().encode()} | {name: swagger_ui(name) for name in COPIED}
    BUILT.mkdir(exist_ok=True)
    for name, content in wanted.items():
        file = BUILT / name
        if not file.is_file() or file.read_bytes() != content:
            replace(file, content)
    for other in BUILT.iterdir():
        if other.name not in wanted and not other.name.startswith(MAKING):
            other.unlink()
    return BUILT


def document_text() -> str:
    """The document as it is served: for whatever host it is asked of."""
    from api_reference.openapi import document
    from api_reference.routes import ROUTES
    from paysandbox import TITLE, VERSION

    whole = document(ROUTES, title=TITLE, version=VERSION, server=".")
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def swagger_ui(name: str) -> bytes:
    """A file of the package, without the address of a source map that is not served."""
    try:
        content = (SWAGGER_UI / name).read_bytes()
    except FileNotFoundError:
        raise ReferenceFilesError(f"{SWAGGER_UI.relative_to(ROOT)}/{name} is not there: run `make build`.") from None
    return _SOURCE_MAP.sub(b"\n", content)


def replace(file: Path, content: bytes) -> None:
    """Write a file atomically, since another process may be packing the folder."""
    handle, name = tempfile.mkstemp(prefix=MAKING, dir=file.parent)
    with os.fdopen(handle, "wb") as made:
        made.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(file)


def main() -> int:
    try:
        reference_files()
    except ReferenceFilesError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
