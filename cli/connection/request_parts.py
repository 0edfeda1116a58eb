"""The body, query and headers of `paysandbox get` and `paysandbox post`, as they are typed.

`-d NAME=VALUE` is a field as with Stripe's CLI: its value is encoded. curl sends it as it is, so a value that the two
would send differently is refused. A field without `-d` is always encoded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import typer

from cli.terminal.written_files import without_mark_of_json

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"

# A number of twelve digits or more is a card number, which the API takes as text.
_TYPED: Final = re.compile(r"0|-?[1-9][0-9]{0,10}|true|false|null")

# In curl's `-d`, a second field and an encoded character.
_ENCODED: Final = re.compile(r"&[^&=]*=|%[0-9A-Fa-f]{2}")

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

_OTHER_OPTION: Final = {
    "authorization": "--merchant and --key-file choose the API key.",
    "x-api-key": "--merchant and --key-file choose the API key.",
    "idempotency-key": "Use --idempotency-key.",
    "x-idempotency-key": "Use --idempotency-key.",
    "host": "--base-url chooses the host.",
    "content-length": "It follows from the body.",
    "transfer-encoding": "It follows from the body.",
}


@dataclass(frozen=True, slots=True)
class Fields:
    """Named values in the order in which they were typed. Values have the types of JSON."""

    pairs: Sequence[tuple[str, Any]]

    def form(self) -> str:
        """Return them form encoded, for /v1. Raises BadParameter for a name or value that a form does not have."""
        _refuse_repeated([name for name, _ in self.pairs if not name.endswith("[]")])
        for name, value in self.pairs:
            if "." in name.partition("[")[0]:
                first, *inner = name.split(".")
                better = first + "".join(f"[{part}]" for part in inner)
                raise typer.BadParameter(f"{name!r} is JSON's notation, and /v1 takes a form. Write {better}=….")
            if isinstance(value, (dict, list)):
                raise typer.BadParameter(f"{name!r} is JSON, and /v1 takes a form. Write {name}[…]=… for each value.")
        return self.query()

    def query(self) -> str:
        """Return them as a query, in which any name may be repeated."""
        return urlencode([(name, value if isinstance(value, str) else json.dumps(value)) for name, value in self.pairs])

    def json(self) -> bytes:
        """Return them as one object. A dot in a name makes a nested object: `card.exp_month=12`.

        Raises BadParameter for names that do not fit into one object.
        """
        _refuse_repeated([name for name, _ in self.pairs])
        body: dict[str, Any] = {}
        for name, value in self.pairs:
            if "[" in name:
                better = name.replace("[]", "").replace("[", ".").replace("]", "")
                raise typer.BadParameter(
                    f"{name!r} is a form's notation, and this API takes JSON. Write {better}=…, a list as NAME:=JSON."
                )
            *outer, last = name.split(".")
            inner = body
            for part in outer:
                inner = inner.setdefault(part, {})
                if not isinstance(inner, dict):
                    raise typer.BadParameter(f"{part!r} in {name!r} is not an object.")
            inner[last] = value
        return json.dumps(body, ensure_ascii=False).encode()


def body_of(fields: Sequence[str], data: Sequence[str], *, form: bool) -> bytes | None:
    """Return the body of a request to /v1 (`form`) or to the native API, or None where nothing was given.

    `data` is NAME=VALUE, JSON, or @FILE, which is sent unchanged, but for a byte order mark before JSON. Raises
    BadParameter for what is ambiguous.
    """
    whole = [text for text in data if _is_whole(text)]
    if whole and (fields or len(data) > 1):
        raise typer.BadParameter("Give either fields or one whole body.", param_hint="--data")
    if whole and form and not whole[0].startswith("@"):
        raise typer.BadParameter("/v1 takes a form, not JSON: -d amount=1250 -d currency=usd.", param_hint="--data")
    if whole:
        return _content(whole[0])
    read = fields_of(fields, data)
    if not read.pairs:
        return None
    return read.form().encode() if form else read.json()


def path_with(path: str, data: Sequence[str]) -> str:
    """Return the path with the fields added to its query. Raises BadParameter for a whole body."""
    if not data:
        return path
    if any(map(_is_whole, data)):
        raise typer.BadParameter(
            "`paysandbox get` sends no body: use NAME=VALUE, or `paysandbox post`.", param_hint="--data"
        )
    return f"{path}{'&' if '?' in path else '?'}{fields_of([], data).query()}"


def fields_of(fields: Sequence[str], data: Sequence[str]) -> Fields:
    """Return the fields that were typed alone and with `-d`. Raises BadParameter for what is not a field."""
    for text in data:
        if _ENCODED.search(text):
            raise typer.BadParameter(
                f"{text!r} is ambiguous: curl sends it as it is, Stripe's CLI encodes it. Give each field its own -d. "
                "A field without -d is encoded, and @FILE is sent unchanged.",
                param_hint="--data",
            )
    return Fields([_field(text) for text in [*fields, *data]])


def headers_of(texts: Sequence[str], *, content_type: str | None, whole: bool) -> dict[str, str]:
    """Return the headers of `-H 'Name: value'`, by name as typed.

    A Content-Type other than `content_type` needs a `whole` body, since fields were encoded as the path has it. Raises
    BadParameter for a header that is not one, is repeated, or that another option chooses.
    """
    headers: list[tuple[str, str]] = []
    for text in texts:
        name, separator, value = text.partition(":")
        value = value.strip()
        if not separator or not value or not _HEADER_NAME.fullmatch(name):
            raise _bad_header(f"{text!r} is not a header. Use 'NAME: VALUE'.")
        if (other := _OTHER_OPTION.get(name.lower())) is not None:
            raise _bad_header(f"{name} is not set with -H. {other}")
        if not (value.isascii() and value.isprintable()):
            raise _bad_header(f"The value of {name} is not printable ASCII.")
        if name.lower() == "content-type" and not whole and value.partition(";")[0].strip().lower() != content_type:
            why = "Content-Type follows from the path: a form below /v1, otherwise JSON"
            raise _bad_header(f"{why}. -d @FILE can be sent as any type.")
        headers.append((name, value))
    _refuse_repeated([name.lower() for name, _ in headers], "--header")
    return dict(headers)


def has_whole_body(data: Sequence[str]) -> bool:
    """Return whether the body was given as JSON or a file, and not as fields."""
    return any(map(_is_whole, data))


def _is_whole(text: str) -> bool:
    return text.lstrip().startswith(("@", "{", "["))


def _content(text: str) -> bytes:
    if not text.startswith("@"):
        return text.encode()
    try:
        return without_mark_of_json(Path(text[1:]).read_bytes())
    except OSError as error:
        raise typer.BadParameter(f"Cannot read {text[1:]}: {error.strerror}.", param_hint="--data") from None


def _field(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator or not name.removesuffix(":"):
        raise typer.BadParameter(f"{text!r} is not a field. Use NAME=VALUE or NAME:=JSON.")
    if not name.endswith(":"):
        return name, json.loads(value) if _TYPED.fullmatch(value) else value
    try:
        return name[:-1], json.loads(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r} in {text!r} is not valid JSON.") from None


def _refuse_repeated(names: Sequence[str], option: str | None = None) -> None:
    for position, name in enumerate(names):
        if name in names[:position]:
            raise typer.BadParameter(f"{name!r} is given twice.", param_hint=option)


def _bad_header(why: str) -> typer.BadParameter:
    return typer.BadParameter(why, param_hint="--header")
