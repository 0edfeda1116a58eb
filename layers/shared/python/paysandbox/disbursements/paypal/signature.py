"""Check that a webhook is PayPal's: its signature, and the certificate that it names.

The signature is RSA with SHA-256 over `transmission ID|transmission time|webhook ID|CRC-32 of the body` ("Webhooks
integration": verify message authenticity). Its certificate is downloaded from one host only, and must have been issued
for PayPal by a trusted root.

Importing this module loads `cryptography`, so only the webhook's function imports it.
"""

import base64
import binascii
import ipaddress
import re
import threading
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from paysandbox.aws import runtime
from paysandbox.aws.settings import PaypalSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.disbursements.paypal.credentials import Credentials, paypal_account
from paysandbox.disbursements.paypal.messages import CERTIFICATES_PATH
from paysandbox.http import outbound
from paysandbox.http.outbound import NoAnswerError
from paysandbox.http.request import Headers, Raw

OLDEST: Final = timedelta(days=4)
"""PayPal sends a webhook again for three days. A repeated event changes nothing, so this only limits how long a
recorded request can be sent again."""

NEWEST: Final = timedelta(minutes=5)
"""How far PayPal's clock may be ahead."""

ALGORITHM: Final = "SHA256withRSA"
FROM_CREDENTIALS: Final = "credentials"
"""The setting with which the root is in the credentials: that of the simulator beside the local engine."""

MAX_CERTIFICATE_BYTES: Final = 64_000
_KEY_BITS_MIN: Final = 2048
_CERTIFICATES_CACHED: Final = 8
_PATH: Final = re.compile(rf"{CERTIFICATES_PATH}/[A-Za-z0-9_-]{{1,100}}")

_HEADERS: Final = (
    "paypal-transmission-id",
    "paypal-transmission-time",
    "paypal-transmission-sig",
    "paypal-cert-url",
    "paypal-auth-algo",
)


class _ForgedError(Exception):
    """The webhook is not PayPal's, for this reason."""


class _Certificates:
    """The downloaded chains by their URL, at most so many: a forged webhook may name any."""

    lock: Final = threading.Lock()
    chains: Final[dict[str, list[x509.Certificate]]] = {}


def forget() -> None:
    """Forget the certificates of this process."""
    _Certificates.chains.clear()
    _roots.cache_clear()


def check_paypal_signature(raw: Raw) -> None:
    """Refuse a body that PayPal did not sign, or that it sent too long ago. Uses wall-clock time, as PayPal does.

    If a signature is wrong, the credentials are read once more, since the webhook's ID may have changed.
    Raises Refused: signature_invalid, paypal_not_configured, and paypal_unavailable if the certificate cannot be read.
    """
    account = paypal_account()
    credentials = account.credentials()
    try:
        try:
            _check(raw, credentials)
        except _ForgedError:
            if not account.has_changed():
                raise
            _check(raw, account.credentials())
    except _ForgedError as error:
        raise Refused(Code.SIGNATURE_INVALID, f"The PayPal webhook is not authentic: {error}.") from None


def _check(raw: Raw, credentials: Credentials) -> None:
    sent_id, time, signature, url, algorithm = (_one(raw.headers, name) for name in _HEADERS)
    if algorithm != ALGORITHM:
        raise _ForgedError("algorithm_unsupported")
    _check_time(time)
    try:
        signed = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        raise _ForgedError("signature_malformed") from None
    key = _key_of(_chain(_allowed(url)), credentials)
    text = f"{sent_id}|{time}|{credentials.webhook_id}|{zlib.crc32(raw.body)}"
    try:
        key.verify(signed, text.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        raise _ForgedError("signature_wrong") from None


def _one(headers: Headers, name: str) -> str:
    values = headers.get(name, [])
    limit = 2_000 if name.endswith(("-sig", "-url")) else 200
    if len(values) != 1 or len(values[0]) > limit or not re.fullmatch(r"[\x21-\x7e]+", values[0]):
        raise _ForgedError("header_missing")
    return values[0]


def _check_time(text: str) -> None:
    try:
        sent_at = datetime.fromisoformat(text)
    except ValueError:
        raise _ForgedError("time_malformed") from None
    if sent_at.tzinfo is None:
        raise _ForgedError("time_malformed")
    now = runtime.wall_now()
    if sent_at < now - OLDEST:
        raise _ForgedError("time_too_old")
    if sent_at > now + NEWEST:
        raise _ForgedError("time_in_the_future")


def _allowed(url: str) -> str:
    """Return the certificate's URL if it is on the host of the settings.

    It is HTTPS on the usual port, or below the base URL of the API where that is plain HTTP, as the simulator's is.
    """
    settings = runtime.settings_of(PaypalSettings)
    base = settings.paypal_api_base
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _ForgedError("certificate_url_not_allowed") from None
    plain = "@" in parts.netloc or parts.query or parts.fragment or "\\" in url
    if plain or host != settings.paypal_certificate_host:
        raise _ForgedError("certificate_url_not_allowed")
    if parts.scheme == "https" and port in (None, 443) and _PATH.fullmatch(parts.path):
        return url
    if base.startswith("http://") and url.startswith(f"{base}/") and _PATH.fullmatch(url.removeprefix(base)):
        return url
    raise _ForgedError("certificate_url_not_allowed")


def _chain(url: str) -> list[x509.Certificate]:
    """Return the certificate at a URL, and those that it was issued with. Downloaded once."""
    with _Certificates.lock:
        known = _Certificates.chains.get(url)
    if known is not None:
        return known
    try:
        status, content, _ = outbound.fetch("GET", url, headers={}, at_most=MAX_CERTIFICATE_BYTES)
    except NoAnswerError as error:
        raise Refused(Code.PAYPAL_UNAVAILABLE, f"The certificate could not be read: {error}.") from None
    if status >= 500:
        raise Refused(Code.PAYPAL_UNAVAILABLE, f"The certificate could not be read: {status}.")
    if status != 200:
        raise _ForgedError("certificate_missing")
    try:
        chain = x509.load_pem_x509_certificates(content)
    except ValueError:
        raise _ForgedError("certificate_malformed") from None
    with _Certificates.lock:
        while len(_Certificates.chains) >= _CERTIFICATES_CACHED:
            _Certificates.chains.pop(next(iter(_Certificates.chains)))
        _Certificates.chains[url] = chain
    return chain


def _key_of(chain: list[x509.Certificate], credentials: Credentials) -> RSAPublicKey:
    """Return the key of a certificate that a trusted root issued for PayPal and that is valid now."""
    settings = runtime.settings_of(PaypalSettings)
    root = credentials.root_certificate if settings.paypal_certificate_root == FROM_CREDENTIALS else ""
    if settings.paypal_certificate_root == FROM_CREDENTIALS and not root:
        raise _ForgedError("certificate_untrusted")
    policy = PolicyBuilder().store(_roots(root)).time(runtime.wall_now().astimezone(UTC))
    for name in _names(settings.paypal_certificate_host):
        try:
            policy.build_server_verifier(name).verify(chain[0], chain[1:])
        except VerificationError:
            continue
        key = chain[0].public_key()
        if not isinstance(key, RSAPublicKey) or key.key_size < _KEY_BITS_MIN:
            raise _ForgedError("certificate_key_unsupported")
        return key
    raise _ForgedError("certificate_untrusted")


def _names(host: str) -> list[x509.DNSName | x509.IPAddress]:
    """Return the names that a certificate may have been issued for.

    PayPal's are of `messageverificationcerts.paypal.com` and `messageverificationcerts.sandbox.paypal.com`.
    """
    try:
        return [x509.IPAddress(ipaddress.ip_address(host))]
    except ValueError:
        domain = host.removeprefix("api-m.").removeprefix("api.")
        return [x509.DNSName(f"messageverificationcerts.{domain}"), x509.DNSName(host)]


@cache
def _roots(certificate: str) -> Store:
    """Return the trusted roots: one certificate (PEM), or those of the layer if it is empty."""
    pem = certificate.encode() if certificate else Path(certifi.where()).read_bytes()
    return Store(x509.load_pem_x509_certificates(pem))
