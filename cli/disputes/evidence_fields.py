"""The options that name evidence, as the body of a request has it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import typer

from cli.terminal.written_files import WRITTEN, without_mark

if TYPE_CHECKING:
    from pathlib import Path


def read_fields(fields: Iterable[str] | None, file: Path | None) -> dict[str, str]:
    """Return the fields of a file and of options such as `receipt=file_1`, which come after those of the file.

    Raises typer.BadParameter for an option without `=`, and for a file that is not a JSON object of texts.
    """
    texts = _of_file(file) if file is not None else {}
    for field in fields or ():
        name, equals, text = field.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{field!r} is not NAME=TEXT, such as receipt=file_1.")
        texts[name] = text
    return texts


def _of_file(file: Path) -> dict[str, str]:
    try:
        text = without_mark(sys.stdin.read()) if str(file) == "-" else file.read_text(encoding=WRITTEN)
        found: Any = json.loads(text)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file} is not a JSON object of fields and texts: {error}") from None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in cast("dict[str, Any]", found).values()):
        raise typer.BadParameter(f"{file} is not a JSON object of fields and values.")
    return cast("dict[str, str]", found)
