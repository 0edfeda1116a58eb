"""What a provider must do to pay disbursements out. Each rail implements it. Pure."""

from typing import Protocol

from paysandbox.core.record import record
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.steps import Step


@record(kw_only=True)
class ProviderUpdate:
    """What the provider says of a disbursement. `step` is None while it is in progress.

    `code` is the provider's reason, `provider_fee` what it charges, in minor units of the disbursement's currency.
    """

    step: Step | None = None
    reference: str | None = None
    item_reference: str | None = None
    code: str | None = None
    provider_fee: int | None = None


@record(kw_only=True)
class Unknown:
    """The provider gave no answer that says what became of it. `reason` is for the log, without personal data."""

    reason: str
    retry_after_s: int | None = None


class Rail(Protocol):
    """A provider. Its methods raise no errors of the network: those are Unknown.

    Raises Refused(paypal_not_configured, or the rail's own code) if its credentials are not there; nothing was sent.
    """

    @property
    def name(self) -> str:
        """The rail's name, which is the `payment_method` of a disbursement."""
        ...

    def send(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Send a disbursement under its batch ID. Sending it again sends the same bytes, and asks for its outcome."""
        ...

    def ask(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Read the status of a disbursement whose `reference` is known. Sends nothing that could pay a second time."""
        ...

    def cancel(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Cancel an unclaimed one whose `item_reference` is known."""
        ...
