"""The simulated PayPal account of a home: its credentials, and the certificates that its webhooks are signed with.

They are made at random when they are first needed, are readable by the home's owner only, and are in no image.
"""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from engine.home_files import PAYPAL_FOLDER_NAME

_FILE_NAME: Final = "account.json"

HOST: Final = "127.0.0.1"
"""The simulator's address."""

_VALID_FOR: Final = timedelta(days=3650)


@dataclass(frozen=True, kw_only=True)
class SimulatedAccount:
    """Credentials of the API, the ID of the webhook, and the keys. Certificates and the key are PEM."""

    client_id: str
    client_secret: str = field(repr=False)
    webhook_id: str
    root_certificate: str
    certificate: str
    private_key: str = field(repr=False)

    @property
    def credentials(self) -> Mapping[str, str]:
        """The credentials as the functions read them, with the root that they trust."""
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "webhook_id": self.webhook_id,
            "root_certificate": self.root_certificate,
        }


def ensure(home: Path) -> SimulatedAccount:
    """Return the home's account, created if there is none. Of two concurrent calls, both return the first's."""
    file = home / PAYPAL_FOLDER_NAME / _FILE_NAME
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = file.with_name(f"{_FILE_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
        # Created with mode 0600: if the mode were set afterwards, the file could be opened in between.
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            json.dump(asdict(_make()), opened)
        with contextlib.suppress(FileExistsError):
            os.link(beside, file)
        beside.unlink()
    return SimulatedAccount(**json.loads(file.read_text(encoding="utf-8")))


def _make() -> SimulatedAccount:
    from engine.paypal import certificates  # it loads cryptography's X.509, which only a new home needs

    now = datetime.now(UTC)
    not_before, not_after = now - timedelta(days=1), now + _VALID_FOR
    root, root_key = certificates.make_root(not_before=not_before, not_after=not_after)
    certificate, key = certificates.issue(root, root_key, HOST, not_before=not_before, not_after=not_after)
    return SimulatedAccount(
        client_id=f"sandbox-{secrets.token_hex(16)}",
        client_secret=secrets.token_urlsafe(48),
        webhook_id=f"WH-{secrets.token_hex(10).upper()}",
        root_certificate=certificates.pem(root),
        certificate=certificates.pem(certificate),
        private_key=certificates.private_pem(key),
    )
