"""An environment's Stripe credentials: their SSM parameters, their format, and setting them.

The secrets are SecureStrings under the key of the environment's others. The functions read them when they need them,
and again when Stripe or a signature rejects them, so changing one needs no deployment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.target import Target


class StripeSecret(StrEnum):
    """The credentials, by the last part of their parameter names. Only the page for donors needs the last one."""

    KEY = "STRIPE_SECRET_KEY"
    WEBHOOK = "STRIPE_WEBHOOK_SECRET"
    PUBLISHABLE = "STRIPE_PUBLISHABLE_KEY"


NEEDED: Final = (StripeSecret.KEY, StripeSecret.WEBHOOK)
"""Without these, no donation can be made."""

_OUTPUTS: Final = {
    StripeSecret.KEY: "StripeKeyParameter",
    StripeSecret.WEBHOOK: "StripeWebhookParameter",
    StripeSecret.PUBLISHABLE: "StripePublishableParameter",
}
# A hyphen is in keys of this sandbox; Stripe's have none. Base64 is in secrets of Standard Webhooks.
_FORMS: Final = {
    StripeSecret.KEY: re.compile(r"(?:sk|rk)_(?:test|live)_[A-Za-z0-9_-]{8,240}"),
    StripeSecret.WEBHOOK: re.compile(r"whsec_[A-Za-z0-9+/=_-]{8,240}"),
    StripeSecret.PUBLISHABLE: re.compile(r"pk_(?:test|live)_[A-Za-z0-9_-]{8,240}"),
}
_LOOKS_LIKE: Final = {
    StripeSecret.KEY: "It begins with sk_test_, or rk_test_ for a restricted one.",
    StripeSecret.WEBHOOK: "It begins with whsec_; Stripe shows it with the endpoint.",
    StripeSecret.PUBLISHABLE: "It begins with pk_test_.",
}
_LIVE: Final = re.compile(r"[a-z]{2}_live_")


def form_fault(secret: StripeSecret, text: str, *, live: bool) -> str | None:
    """Why a text cannot be this secret, or None. The message never repeats the text."""
    if secret is StripeSecret.KEY and text.startswith("pk_"):
        return "This is a publishable key. Use the secret key."
    if _FORMS[secret].fullmatch(text) is None:
        return f"This is not a valid {secret}. {_LOOKS_LIKE[secret]}"
    if is_live(text) and not live:
        return "This is a live key: donations would move real money. To allow that, use --live."
    return None


def is_live(key: str) -> bool:
    """Whether a key of Stripe's moves money."""
    return _LIVE.match(key) is not None


@dataclass(frozen=True)
class StripeParameters:
    """The parameters of an environment."""

    target: Target
    ssm: Any
    names: dict[StripeSecret, str]

    @classmethod
    def of(cls, target: Target) -> StripeParameters:
        """Those that the environment's functions read: without donations, disbursements need the key alone.

        Raises Failure when neither donations nor disbursements are deployed.
        """
        outputs = _outputs_of(target)
        names = {secret: outputs[name] for secret, name in _OUTPUTS.items() if name in outputs}
        return cls(target, target.client("ssm"), names)

    def get(self) -> dict[StripeSecret, str]:
        """Those that are set, in the clear."""
        found = self.ssm.get_parameters(Names=[*self.names.values()], WithDecryption=True)["Parameters"]
        values = {parameter["Name"]: parameter["Value"] for parameter in found}
        return {secret: values[name] for secret, name in self.names.items() if name in values}

    def notes(self) -> dict[StripeSecret, str]:
        """What was noted beside those that are set."""
        filters = [{"Key": "Name", "Option": "Equals", "Values": [*self.names.values()]}]
        found = self.ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
        notes = {parameter["Name"]: parameter.get("Description", "") for parameter in found}
        return {secret: notes[name] for secret, name in self.names.items() if name in notes}

    def put(self, secret: StripeSecret, text: str, *, note: str = "") -> None:
        """Set one, or another in its place, with a note of whose it is, which is no secret.

        Raises Failure if the deployed version has no use for it.
        """
        if secret not in self.names:
            raise Failure(f"{self.target.environment} has no use for {secret}.", "Deploy this version first.")
        self.ssm.put_parameter(
            Name=self.names[secret],
            Value=text,
            Overwrite=True,
            Description=note,
            **self._form(secret),
        )

    def _form(self, secret: StripeSecret) -> dict[str, str]:
        """How it is stored: a publishable key is for everybody, and its reader has no right to a KMS key."""
        if secret is StripeSecret.PUBLISHABLE:
            return {"Type": "String"}
        return {"Type": "SecureString", "KeyId": self.target.outputs("secrets")["ParameterKey"]}


def _outputs_of(target: Target) -> dict[str, str]:
    try:
        return target.outputs("donations")
    except Failure:
        return target.outputs("disbursements")
