"""The simulated PayPal account of a home: its credentials, and the certificates that its webhooks are signed with.

They are made at random when they are first needed, are readable by the home's owner only, and are in no image.
"""

import contextlib
import ipaddress
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from engine.wall.wall import PAYPAL_FOLDER_NAME

_FILE_NAME: Final = "account.json"

HOST: Final = "127.0.0.1"
"""The address that the certificate is issued for, which is that of the simulator."""

_VALID_FOR: Final = timedelta(days=3650)
_KEY_BITS: Final = 2048


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


def issue(
    root: x509.Certificate,
    root_key: rsa.RSAPrivateKey,
    *,
    not_before: datetime,
    not_after: datetime,
    host: str = HOST,
) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """Return a certificate of a root for a host (an IP address), and its key."""
    key = rsa.generate_private_key(65_537, _KEY_BITS)
    built = (
        x509.CertificateBuilder()
        .subject_name(_name("Sandbox PayPal webhooks"))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, SHA256())
    )
    return built, key


def make_root(*, not_before: datetime, not_after: datetime) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """Return a root certificate, and its key."""
    key = rsa.generate_private_key(65_537, _KEY_BITS)
    name = _name("Sandbox PayPal root")
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_KEY_USAGE_OF_A_ROOT, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return built, key


def pem(certificate: x509.Certificate) -> str:
    """Return a certificate as text."""
    return certificate.public_bytes(Encoding.PEM).decode()


_KEY_USAGE_OF_A_ROOT: Final = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def _make() -> SimulatedAccount:
    now = datetime.now(UTC)
    not_before, not_after = now - timedelta(days=1), now + _VALID_FOR
    root, root_key = make_root(not_before=not_before, not_after=not_after)
    certificate, key = issue(root, root_key, not_before=not_before, not_after=not_after)
    return SimulatedAccount(
        client_id=f"sandbox-{secrets.token_hex(16)}",
        client_secret=secrets.token_urlsafe(48),
        webhook_id=f"WH-{secrets.token_hex(10).upper()}",
        root_certificate=pem(root),
        certificate=pem(certificate),
        private_key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
