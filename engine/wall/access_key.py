"""The access key of a sandbox's AWS: one per home, random, readable by its owner only."""

import json
import os
import secrets
import string
from dataclasses import dataclass, field
from pathlib import Path

FILE_NAME = "access-key.json"

# Recognizable as fake: the IDs of real access keys begin with AKIA or ASIA.
_ID_PREFIX = "PAYSANDBOX"
_ID_CHARACTERS = string.ascii_uppercase + string.digits
_ID_RANDOM_LENGTH = 10
_SECRET_BYTES = 30


@dataclass(frozen=True)
class AccessKey:
    """The key that signs requests to the engine (Signature V4). The ID is public: every presigned link contains it."""

    id: str
    secret: str = field(repr=False)


def read(home: Path) -> AccessKey | None:
    """Return the home's access key, or None if it has none yet."""
    try:
        stored = json.loads((home / FILE_NAME).read_text(encoding="utf-8"))
        return AccessKey(stored["id"], stored["secret"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ensure(home: Path) -> AccessKey:
    """Return the home's access key, created if there is none."""
    return read(home) or make(home)


def discard(home: Path) -> None:
    """Delete the home's access key. Its signatures become invalid."""
    (home / FILE_NAME).unlink(missing_ok=True)


def make(home: Path) -> AccessKey:
    """Create an access key, which replaces the previous one."""
    random_part = "".join(secrets.choice(_ID_CHARACTERS) for _ in range(_ID_RANDOM_LENGTH))
    key = AccessKey(_ID_PREFIX + random_part, secrets.token_urlsafe(_SECRET_BYTES))
    beside = home / f"{FILE_NAME}.{os.getpid()}"
    beside.unlink(missing_ok=True)
    # Created with mode 0600: if the mode were set afterwards, the file could be opened in between.
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({"id": key.id, "secret": key.secret}, file)
    beside.replace(home / FILE_NAME)
    return key
