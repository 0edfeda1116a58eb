"""JSON of what the engine reads and writes with every request, by a library that is faster than Python's own.

It writes UTF-8, and refuses half of a surrogate pair. Python's does what is left: texts that are not ASCII, since a
worker reads its pipe in the encoding of its environment, and those that the other one refuses. It does all in the
program's own environment, which has no other: the program reads a saved state while no engine runs.
"""

import json
from collections.abc import Callable
from typing import Any, Final

try:
    from msgspec import DecodeError
    from msgspec.json import Decoder, Encoder
except ModuleNotFoundError:
    _encode: Callable[[Any], bytes] | None = None
    _decode: Callable[[bytes], Any] = json.loads
    DecodeError = ValueError
else:
    _encode, _decode = Encoder().encode, Decoder().decode

_SHORT: Final = (",", ":")


def encoded(value: Any) -> bytes:
    """Return a value as JSON in ASCII, without blanks. Its parts are of JSON's types."""
    try:
        text = b"\xff" if _encode is None else _encode(value)
    except UnicodeEncodeError:
        text = b"\xff"
    return text if text.isascii() else json.dumps(value, separators=_SHORT).encode("ascii")


def decoded(text: bytes) -> Any:
    """Return the value of a JSON text. Raises ValueError if it is none."""
    try:
        return _decode(text)
    except DecodeError:
        return json.loads(text)
