"""Generates the files that the reference handlers serve and that are not committed: pages, scripts, API documents.

    python layers/reference.py

Swagger UI and MiniSearch come from npm, pinned with their hashes in package-lock.json. The documents are generated from
the routes, the pages from docs/ (layers/docs_site.py), and the scripts for shops from stripe_js/ (layers/stripe_js.py).
Everything goes into `lambdas/reference/.built/`, which is part of the functions' asset but of no fingerprint, since it
is derived from sources that are. Correct files are not touched; others are replaced as a whole.
"""

from __future__ import annotations

import json
import lzma
import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HANDLERS = ROOT / "lambdas" / "reference"
BUILT = HANDLERS / ".built"
NODE_MODULES = ROOT / "node_modules"

COPIED = {
    "LICENSE": "swagger-ui-dist/LICENSE",
    "NOTICE": "swagger-ui-dist/NOTICE",
    "swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "minisearch.js": "minisearch/dist/umd/index.js",
    "minisearch.LICENSE.txt": "minisearch/LICENSE.txt",
}
"""Files of npm packages, by the names under which they are served."""

COMPRESSED = ("openapi.json", "openapi-v1.json", "swagger-ui-bundle.js", "swagger-ui.css")
"""The largest files beside the search index, which the wheel has: deflated, they would be a third larger."""
MAKING = ".making-"

_SOURCE_MAP = re.compile(rb"\n?(?:/\*|//)# sourceMappingURL=\S+\s*$")


class ReferenceFilesError(Exception):
    """A missing file and the remedy, for the person at the terminal."""


def reference_files() -> Path:
    """Write the files that are missing or out of date, and return their folder."""
    from api_reference.postman import postman_json
    from layers.docs_site import SEARCH_INDEX, site
    from layers.docs_text import texts
    from layers.stripe_js import stripe_js_files

    documents = {"openapi.json": document_text(), "openapi-v1.json": stripe_document_text()}
    loaded = {name: text.encode() for name, text in documents.items()} | {name: packaged(name) for name in COPIED}
    pages = site(ROOT / "docs", loaded.values())
    index = pages.pop(SEARCH_INDEX).encode()
    wanted = loaded | {f"docs/{name}": text.encode() for name, text in pages.items()}
    for name, content in ((f"docs/{SEARCH_INDEX}", index), *((name, wanted.pop(name)) for name in COMPRESSED)):
        wanted[f"{name}.xz"] = lzma.compress(content, preset=9)
    wanted |= {f"stripe_js/{name}": text.encode() for name, text in stripe_js_files().items()}
    wanted |= {name: text.encode() for name, text in texts(ROOT / "docs").items()}
    wanted["postman.json"] = postman_json().encode()
    for name, content in wanted.items():
        file = BUILT / name
        if not file.is_file() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            replace(file, content)
    for other in [*BUILT.rglob("*")]:
        if other.is_file() and other.relative_to(BUILT).as_posix() not in wanted and not other.name.startswith(MAKING):
            other.unlink()
    return BUILT


def document_text() -> str:
    """Return the OpenAPI document as served: for whichever host the request names."""
    from api_reference.openapi import document
    from api_reference.routes import ROUTES
    from paysandbox import TITLE, VERSION

    whole = document(ROUTES, title=TITLE, version=VERSION, server=".")
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def stripe_document_text() -> str:
    """Return the Stripe-compatible API's document for the explorer, with paths under /v1 of the same host."""
    from api_reference.stripe_openapi import stripe_document
    from paysandbox import TITLE, VERSION
    from paysandbox.stripe_api.routes import BASE_PATH, ROUTES

    whole = stripe_document(ROUTES, title=TITLE, version=VERSION, server=f"../{BASE_PATH}")
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def packaged(name: str) -> bytes:
    """Return a file of an npm package, without the URL of its source map, which is not served."""
    file = NODE_MODULES / COPIED[name]
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise ReferenceFilesError(f"{file.relative_to(ROOT)} is not there: run `make build`.") from None
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
