"""Signing in to the dashboard: one-use tokens, which the program prints in a link, and the sessions that they open.

A token is an empty file in the home, whose name is the token's digest. Removing the file uses the token: of any number
of requests at once, one removes it. The token itself is in the link and nowhere else.

Sessions exist in the engine's memory alone, by their digests, and end with it.
"""

import hashlib
import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

FOLDER_NAME: Final = "sign-in"
"""The folder of the tokens in the home. No image has it."""

LIFETIME_S: Final = 600
SESSIONS_MAX: Final = 100

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, section 6, in lower case
_LENGTH: Final = 32  # of 5 bits each: 160 bits
_FORM: Final = re.compile(r"[a-z2-7]{32}")


def make_token(home: Path) -> str:
    """Create a token that is valid for ten minutes, and return it. Removes expired ones."""
    folder = home / FOLDER_NAME
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in folder.iterdir():
        with suppress(OSError):  # used in the meantime
            if not _is_valid(file):
                file.unlink()
    token = _random()
    # Its time of modification is the time at which it was made.
    os.close(os.open(folder / _digest(token), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return token


def use_token(home: Path, token: str) -> bool:
    """Use up a token. Return False if it is unknown, expired or was used before."""
    if not _FORM.fullmatch(token):
        return False
    file = home / FOLDER_NAME / _digest(token)
    try:
        valid = _is_valid(file)
        file.unlink()
    except OSError:
        return False
    return valid


class Sessions:
    """The open sessions, at most `SESSIONS_MAX`: a further one ends the oldest."""

    def __init__(self) -> None:
        self._digests: dict[str, None] = {}

    def open(self) -> str:
        """Open a session, and return its text: 160 random bits."""
        text = _random()
        self._digests[_digest(text)] = None
        while len(self._digests) > SESSIONS_MAX:
            del self._digests[next(iter(self._digests))]
        return text

    def is_open(self, text: str) -> bool:
        """Whether this is the text of an open session.

        The lookup is by digest, so response times reveal nothing about a text.
        """
        return _FORM.fullmatch(text) is not None and _digest(text) in self._digests


def _is_valid(file: Path) -> bool:
    # A file of the future was made before the clock was set back, so its age is unknown.
    return -1 <= time.time() - file.stat().st_mtime <= LIFETIME_S


def _random() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
