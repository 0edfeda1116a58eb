"""The generated secrets in a saved generation of the engine's state: an image has none, and each copy its own.

They are the hashing keys and the secret of webhook endpoints (of Secrets Manager), and the material of KMS keys.
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


def remove(generation: Path) -> bool:
    """Replace every secret with zeros. Return False, with nothing changed, if there is one that cannot be generated:
    a secret of another form, or a SecureString."""
    values = [version["SecretString"] or "" for version in _versions(_read(generation, "secretsmanager"))]
    if any(not _SECRET.search(value) for value in values) or _has_secure_strings(_read(generation, "ssm")):
        return False
    _replace(generation, lambda: _NONE)
    return True


def generate(generation: Path) -> None:
    """Replace every secret with a new one."""
    _replace(generation, lambda: base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode())


def _replace(generation: Path, another: Callable[[], str]) -> None:
    stored = _read(generation, "secretsmanager")
    for version in _versions(stored):
        version["SecretString"] = _SECRET.sub(lambda _: another(), version["SecretString"])
    _write(generation, "secretsmanager", stored)
    keys = _read(generation, "kms")
    for key in keys["payload"]["keys"]["data"].values():
        if "_symmetric_key_b64" in key:
            key["_symmetric_key_b64"] = another()
    _write(generation, "kms", keys)


def _versions(stored: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every version of the secrets."""
    for secret in stored["payload"]["secrets"]["data"].values():
        yield from secret["Versions"].values()


def _has_secure_strings(stored: dict[str, Any]) -> bool:
    return any(entry["Type"] == "SecureString" for entry in stored["payload"]["parameters"]["data"].values())


def _read(generation: Path, service: str) -> dict[str, Any]:
    return json.loads((generation / f"{service}.json").read_text(encoding="utf-8"))


def _write(generation: Path, service: str, stored: dict[str, Any]) -> None:
    (generation / f"{service}.json").write_text(json.dumps(stored), encoding="utf-8")
