"""JSON of what the engine reads and writes with every request, by a library that is faster than Python's own.

It writes UTF-8, and refuses half of a surrogate pair. Python's does what is left: texts that are not ASCII, since a
worker reads its pipe in the encoding of its environment, and those that the other one refuses.
"""

import json
from typing import Any, Final

import msgspec

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder()


def encoded(value: Any) -> bytes:
    """Return a value as JSON in ASCII, without blanks. Its parts are of JSON's types."""
    try:
        text = _ENCODER.encode(value)
    except UnicodeEncodeError:
        text = b"\xff"
    return text if text.isascii() else json.dumps(value, separators=(",", ":")).encode("ascii")


def decoded(text: bytes) -> Any:
    """Return the value of a JSON text. Raises ValueError if it is none."""
    try:
        return _DECODER.decode(text)
    except msgspec.DecodeError:
        return json.loads(text)
