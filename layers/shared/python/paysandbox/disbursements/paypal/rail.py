"""PayPal as a rail: a disbursement is a batch of one item under an ID that never changes.

Importing this module loads `cryptography`, so only functions that call PayPal import it.
"""

from typing import Final

from paysandbox.core.record import record
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.methods import Method
from paysandbox.disbursements.paypal import client as paypal_client
from paysandbox.disbursements.paypal.messages import (
    OF_ANOTHER,
    error_name,
    original_batch,
    payout_body,
    read_batch,
    read_canceled,
    read_refusal,
    refused_currency,
)
from paysandbox.disbursements.paypal.statuses import Refusal
from paysandbox.disbursements.rail import ProviderUpdate, Rail, Unknown
from paysandbox.disbursements.steps import Step
from paysandbox.disbursements.store import tables
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable

_NOT_CANCELED: Final = frozenset({"ITEM_ALREADY_CANCELLED", "ITEM_INCORRECT_STATUS"})
"""Refusals of a cancellation for which the item's status says why."""


@record
class PaypalRail:
    """The PayPal account that this function's settings name. `table` has the shared token."""

    table: DisbursementsTable

    @property
    def name(self) -> str:
        """`paypal`."""
        return Method.PAYPAL

    def send(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Create the batch, or read the one that was created under the same ID before.

        A refusal is final only if it answers the first request. Raises Refused(paypal_not_configured).
        """
        refused = refused_currency(disbursement)
        if refused is not None:
            return ProviderUpdate(step=Step.FAIL, code=refused)
        answer = paypal_client.create_batch(self.table, payout_body(disbursement))
        if isinstance(answer, Unknown):
            return answer
        if answer.status < 300:
            return read_batch(answer.body, disbursement)
        original = original_batch(answer.body)
        if original is not None:
            found = self._read(original, disbursement)
            if isinstance(found, Unknown) and not found.reason.startswith(OF_ANOTHER):
                return ProviderUpdate(reference=original)  # it exists, although it cannot be read now
            return found
        update, kind = read_refusal(answer.status, answer.body, is_first=disbursement.attempts <= 1)
        if kind is Refusal.CONFIGURATION:
            paypal_client.misconfigured(error_name(answer.body) or str(answer.status))
        return update

    def ask(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Read the batch. Raises Refused(paypal_not_configured)."""
        if disbursement.reference is None:
            raise AssertionError(f"{disbursement.id} has no reference to ask for")
        return self._read(disbursement.reference, disbursement)

    def cancel(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Cancel the unclaimed item. If that is not possible any more, its status is read instead.

        Raises Refused(paypal_not_configured).
        """
        if disbursement.item_reference is None:
            return self.ask(disbursement)
        answer = paypal_client.cancel_item(self.table, disbursement.item_reference)
        if isinstance(answer, Unknown):
            return answer
        if answer.status < 300:
            return read_canceled(answer.body, disbursement)
        if error_name(answer.body) in _NOT_CANCELED:
            return self.ask(disbursement)
        return Unknown(reason=f"not_canceled: {error_name(answer.body) or 'no name'} ({answer.status})")

    def _read(self, reference: str, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        answer = paypal_client.read_batch(self.table, reference)
        if isinstance(answer, Unknown):
            return answer
        if answer.status >= 300:
            return Unknown(reason=f"not_read: {error_name(answer.body) or 'no name'} ({answer.status})")
        return read_batch(answer.body, disbursement)


def rail() -> Rail:
    """Return PayPal."""
    return PaypalRail(tables.disbursements())
