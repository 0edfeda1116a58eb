"""Writes the OpenAPI document to a file, for what is made of it: typed clients, the dashboard's types, a release.

    python -m api_reference.openapi_file

`make` runs it before anything that reads the file, which is not committed: it follows from the routes. The contract
that they have with clients is reviewed as lines, in tests/api_reference/contract.txt.
"""

import json
from pathlib import Path
from typing import Final

from api_reference.openapi import document
from api_reference.postman import LOCAL_SERVER
from api_reference.routes import ROUTES
from paysandbox import TITLE, VERSION

FILE: Final = Path(__file__).with_name(".built") / "openapi.json"


def openapi_json() -> str:
    """Return the OpenAPI document, with the local sandbox as its server."""
    whole = document(ROUTES, title=TITLE, version=VERSION, server=LOCAL_SERVER)
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def write(file: Path = FILE) -> None:
    """Write the document at once, and only if the file differs: what is made of it is made anew when it is newer."""
    text = openapi_json()
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    file.parent.mkdir(exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


if __name__ == "__main__":
    write()
