"""The generated secrets in a saved generation of the engine's state: an image has none, and each copy its own.

They are the hashing keys and the secret of webhook endpoints (SecureString parameters), and the material of KMS keys.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

_SECRET_BYTES: Final = 32
_SECRET: Final = re.compile(r"[A-Za-z0-9+/]{43}=")
_NONE: Final = base64.b64encode(bytes(_SECRET_BYTES)).decode()

# The engine stores an encrypted value as its Base64 with this prefix, beside the value itself.
_ENCRYPTED: Final = "ENCRYPTED:"


def remove(generation: Path) -> bool:
    """Replace every secret with zeros. Return False, with nothing changed, if a value has no secret of that form."""
    if any(not _SECRET.search(entry["OriginalValue"]) for entry in _secure(_read(generation, "ssm"))):
        return False
    _replace(generation, lambda: _NONE)
    return True


def generate(generation: Path) -> None:
    """Replace every secret with a new one."""
    _replace(generation, lambda: base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode())


def _replace(generation: Path, another: Callable[[], str]) -> None:
    parameters = _read(generation, "ssm")
    for entry in _secure(parameters):
        value = _SECRET.sub(lambda _: another(), entry["OriginalValue"])
        entry["OriginalValue"] = value
        entry["Value"] = _ENCRYPTED + base64.b64encode(value.encode()).decode()
    _write(generation, "ssm", parameters)
    keys = _read(generation, "kms")
    for key in keys["payload"]["keys"]["data"].values():
        if "_symmetric_key_b64" in key:
            key["_symmetric_key_b64"] = another()
    _write(generation, "kms", keys)


def _secure(stored: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the SecureString parameters, and their earlier versions."""
    payload = stored["payload"]
    entries = [*payload["parameters"]["data"].values()]
    entries += [entry for history in payload["parameter_history"]["data"].values() for entry in history]
    yield from (entry for entry in entries if entry["Type"] == "SecureString")


def _read(generation: Path, service: str) -> dict[str, Any]:
    return json.loads((generation / f"{service}.json").read_text(encoding="utf-8"))


def _write(generation: Path, service: str, stored: dict[str, Any]) -> None:
    (generation / f"{service}.json").write_text(json.dumps(stored), encoding="utf-8")
