"""The credentials of the PayPal account: one SSM SecureString, which can be set or rotated at any time.

It is a JSON object: `client_id` and `client_secret` for the API, `webhook_id` for the signatures of webhooks, and, for
the simulator beside the local engine only, `root_certificate`, the PEM of the root of its certificates.
"""

import json
from dataclasses import field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws import runtime
from paysandbox.aws.settings import PaypalSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record

PATIENCE: Final = timedelta(seconds=10)
"""Minimum time between reads of credentials, so that forged webhooks cannot exhaust Parameter Store's quota."""


@record(kw_only=True)
class Credentials:
    """Credentials of a PayPal account. Not shown when printed."""

    client_id: str
    client_secret: str = field(repr=False)
    webhook_id: str
    root_certificate: str = ""


class PaypalAccount:
    """The parameter with the credentials, which may not exist yet."""

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter
        self._known: Credentials | None = None
        self._read_at: datetime | None = None

    def credentials(self) -> Credentials:
        """Return the credentials. Missing ones are read again each time. Raises Refused(paypal_not_configured)."""
        known = self._known
        if known is None:
            known = self._known = self._read()
        return known

    def has_changed(self) -> bool:
        """Return whether the credentials differ from those last read. Raises Refused(paypal_not_configured)."""
        if self._read_at is not None and runtime.wall_now() - self._read_at < PATIENCE:
            return False
        before, self._known = self._known, None
        return self.credentials() != before

    def _read(self) -> Credentials:
        try:
            found = runtime.ssm().get_parameter(Name=self._parameter, WithDecryption=True)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ParameterNotFound":
                raise
            raise _not_configured() from None
        self._read_at = runtime.wall_now()
        try:
            fields: Any = json.loads(found["Parameter"]["Value"])  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types call every field of an answer optional
            values = {name: _text(fields, name) for name in ("client_id", "client_secret", "webhook_id")}
            root = fields.get("root_certificate", "")
        except (ValueError, TypeError, LookupError, AttributeError):
            raise _not_configured() from None
        return Credentials(**values, root_certificate=str(root))


@cache
def paypal_account() -> PaypalAccount:
    """Return the account that this function's settings name."""
    return PaypalAccount(runtime.settings_of(PaypalSettings).paypal_credentials_parameter)


def _text(fields: Any, name: str) -> str:
    if not isinstance(fields[name], str) or not fields[name]:
        raise TypeError(f"{name} is no text")
    return fields[name]


def _not_configured() -> Refused:
    detail = "The credentials are missing or invalid. Run paysandbox disbursements secrets set."
    return Refused(Code.PAYPAL_NOT_CONFIGURED, detail)
