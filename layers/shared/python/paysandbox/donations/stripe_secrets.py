"""The keys of the Stripe account. All can be set or rotated during the lifetime of a Lambda environment."""

from datetime import datetime, timedelta
from functools import cache
from typing import Final

from botocore.exceptions import ClientError

from paysandbox.aws import runtime
from paysandbox.aws.settings import DonationPageSettings, StripeAccountSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.core.signature import STRIPE_HEADER, stripe_fault
from paysandbox.http.request import Raw

PATIENCE: Final = timedelta(seconds=10)
"""Minimum time between reads of a secret, so that forged signatures cannot exhaust Parameter Store's quota."""


class Secret:
    """An SSM SecureString that may not exist yet, and may be rotated."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: str | None = None
        self._read_at: datetime | None = None

    def value(self) -> str:
        """Return the secret. A missing secret is read again each time. Raises Refused(stripe_not_configured)."""
        if self._known is None:
            self._known = self._read()
        return self._known

    def latest(self) -> str | None:
        """Return the value as of now, at most `PATIENCE` ago, or None if it is not set."""
        try:
            self.has_changed()
            return self.value()
        except Refused:
            return None

    def has_changed(self) -> bool:
        """Return whether the secret differs from the last `value`. Raises Refused(stripe_not_configured)."""
        if self._read_at is not None and runtime.wall_now() - self._read_at < PATIENCE:
            return False
        before, self._known = self._known, None
        return self.value() != before

    def _read(self) -> str:
        try:
            found = runtime.ssm().get_parameter(Name=self._name, WithDecryption=True)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ParameterNotFound":
                raise
            raise missing(self._name) from None
        self._read_at = runtime.wall_now()
        text = found["Parameter"]["Value"].strip()  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types call every field of an answer optional
        if not text:
            raise missing(self._name)
        return text


def missing(parameter: str) -> Refused:
    """Return the refusal for a secret that is missing or that Stripe rejects."""
    name = parameter.rpartition("/")[2]
    detail = f"The secret is missing or invalid. Run paysandbox donations secrets set {name}."
    return Refused(Code.STRIPE_NOT_CONFIGURED, detail)


@cache
def secret_key() -> Secret:
    """Return the secret key for the account's API."""
    return Secret(runtime.settings_of(StripeAccountSettings).stripe_key_parameter)


@cache
def webhook_secret() -> Secret:
    """Return the secret with which the account signs its events."""
    return Secret(runtime.settings_of(StripeAccountSettings).stripe_webhook_parameter)


@cache
def publishable_key() -> Secret:
    """Return the key that the account gives to pages. It is no secret, and kept where the others are."""
    return Secret(runtime.settings_of(DonationPageSettings).stripe_publishable_parameter)


def check_signature(raw: Raw) -> None:
    """Refuse a body without a valid and recent signature by Stripe. Uses wall-clock time, as Stripe does.

    If a signature is wrong, the secret is read once more, since it may have been rotated.
    Raises Refused: signature_invalid, stripe_not_configured.
    """
    header, now = ",".join(raw.headers.get(STRIPE_HEADER, [])), int(runtime.wall_now().timestamp())
    found = stripe_fault(webhook_secret().value(), header, raw.body, now=now)
    if found == "signature_wrong" and webhook_secret().has_changed():
        found = stripe_fault(webhook_secret().value(), header, raw.body, now=now)
    if found:
        raise Refused(Code.SIGNATURE_INVALID, f"The {STRIPE_HEADER} header does not match the body: {found}.")
