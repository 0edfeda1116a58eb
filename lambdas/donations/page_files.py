"""The files that the page for donors loads, which `npm run build:donate` in dashboard/ makes, by names with a hash."""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.http.html import CSS, JAVASCRIPT, PAGE_HEADERS
from paysandbox.http.native import Page

FOLDER: Final = Path(__file__).parent / "page"

_TYPES: Final = {"js": JAVASCRIPT, "css": CSS}
_NAME: Final = re.compile(rf"donate(?:-[0-9a-f]+)?\.({'|'.join(_TYPES)})")


@cache
def file_name(kind: str) -> str:
    """The name of the script (`js`) or the style sheet (`css`), which is another one after each change of the file."""
    return f"donate-{hashlib.sha256(_text(kind).encode()).hexdigest()[:16]}.{kind}"


def page_file(name: str) -> Page:
    """The file of this name, for ever. Raises Refused: resource_not_found.

    While a deployment replaces functions, a page and its files can be answered by different versions. A name with
    another hash, or with none, therefore gets the file of this version, which is not cached: it must not stay in a
    browser under the name of another one.
    """
    named = _NAME.fullmatch(name)
    if named is None:
        raise Refused(Code.RESOURCE_NOT_FOUND, "There is no such file. The page is at /donate.")
    kind = named[1]
    is_own = name == file_name(kind)
    return Page(text=_text(kind), content_type=_TYPES[kind], immutable=is_own, headers=PAGE_HEADERS, tagged=is_own)


@cache
def _text(kind: str) -> str:
    return (FOLDER / f"donate.{kind}").read_text(encoding="utf-8")
