"""The two secrets of the account at Stripe, as they are now: they may be set, or changed, while this function lives."""

from datetime import datetime, timedelta
from functools import cache
from typing import Final

from botocore.exceptions import ClientError

from paysandbox.aws import runtime
from paysandbox.aws.settings import StripeAccountSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.core.signature import STRIPE_HEADER, stripe_fault
from paysandbox.http.request import Raw

PATIENCE: Final = timedelta(seconds=10)
"""How old a secret must be to be read anew: a stranger's wrong signatures must not use up Parameter Store."""


class Secret:
    """An SSM SecureString that may not be there yet, and may become another."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: str | None = None
        self._read_at: datetime | None = None

    def value(self) -> str:
        """What it is. One that is missing is looked for each time. Raises Refused(stripe_not_configured)."""
        if self._known is None:
            self._known = self._read()
        return self._known

    def has_changed(self) -> bool:
        """Whether it is another now than `value` said. Raises Refused(stripe_not_configured)."""
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
    """The refusal where a secret is not there, or not one that Stripe takes."""
    name = parameter.rpartition("/")[2]
    return Refused(Code.STRIPE_NOT_CONFIGURED, f"Run paysandbox donations secrets set {name} with the account's.")


@cache
def secret_key() -> Secret:
    """What the account's API is asked with."""
    return Secret(runtime.settings_of(StripeAccountSettings).stripe_key_parameter)


@cache
def webhook_secret() -> Secret:
    """What the account signs its events with."""
    return Secret(runtime.settings_of(StripeAccountSettings).stripe_webhook_parameter)


def check_signature(raw: Raw) -> None:
    """Refuse a body that Stripe did not sign, or not now. By wall time, which Stripe's clock shows.

    Where a signature is wrong the secret is read once more: it may have been rotated.
    Raises Refused: signature_invalid, stripe_not_configured.
    """
    header, now = ",".join(raw.headers.get(STRIPE_HEADER, [])), int(runtime.wall_now().timestamp())
    found = stripe_fault(webhook_secret().value(), header, raw.body, now=now)
    if found == "signature_wrong" and webhook_secret().has_changed():
        found = stripe_fault(webhook_secret().value(), header, raw.body, now=now)
    if found:
        raise Refused(Code.SIGNATURE_INVALID, f"The {STRIPE_HEADER} header is not of this body and time: {found}.")
