"""What a connected account gets for a transfer: Stripe's Charge `py_…`, and a Refund `pyr_…` for each reversal.

Both follow from the transfer, which is its platform's. Source: `Charges.d.ts`, `Refunds.d.ts` and `Transfers.d.ts` of
stripe-node 23.1.0 (`destination_payment`, `source_transfer`). That of a destination charge shows no application fee.
"""

from typing import Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.ids import payment_of_transfer, refund_of_reversal
from paysandbox.stripe_api.objects.expand import Expansion
from paysandbox.stripe_api.objects.method import billing_details
from paysandbox.stripe_api.objects.render import included
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resources.transfers.transfer import (
    ACCOUNT_TRANSACTION,
    reversals_of,
    reversed_amount,
    transaction_of_transfer,
)
from paysandbox.stripe_api.version_rows import in_version, included_lists

_NEVER_OF_CHARGE: Final = (
    *("application", "application_fee", "application_fee_amount", "calculated_statement_descriptor", "customer"),
    *("description", "destination", "dispute", "failure_balance_transaction", "failure_code", "failure_message"),
    *("on_behalf_of", "outcome", "payment_intent", "payment_method", "payment_method_details", "receipt_email"),
    *("receipt_number", "receipt_url", "review", "shipping", "source", "statement_descriptor"),
    *("statement_descriptor_suffix", "transfer_data"),
)
_NEVER_OF_REFUND: Final = (
    *("customer", "customer_account", "payment_intent", "payment_method", "reason", "receipt_number"),
    "transfer_reversal",
)


def render_payment(transfer: StoredObject, version: str, tree: Expansion) -> Body:
    """Render the Charge that the account of a transfer got, with its refunds if the tree or the version has them."""
    attributes, returned = transfer.attributes, reversed_amount(transfer.attributes)
    body: Body = {
        **dict.fromkeys(_NEVER_OF_CHARGE),
        "id": payment_of_transfer(transfer.id),
        "object": "charge",
        "amount": attributes["amount"],
        "amount_captured": attributes["amount"],
        "amount_refunded": returned,
        "balance_transaction": transaction_of_transfer(transfer, of_account=True),
        "billing_details": billing_details(),
        "captured": True,
        "created": int(transfer.created_at.timestamp()),
        "currency": attributes["currency"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "paid": True,
        "radar_options": {},
        "refunded": returned == attributes["amount"],
        "source_transfer": transfer.id,
        "status": "succeeded",
        "transfer_group": attributes.get("transfer_group"),
    }
    if "refunds" in tree or "refunds" in included_lists("charge", version):
        refunds = [render_payment_refund(transfer, each, version) for each in reversals_of(transfer)]
        counted = "refunds" in included_lists("charge", version)
        body["refunds"] = included(f"/v1/charges/{body['id']}/refunds", refunds, counted=counted)
    return in_version("charge", body, version)


def render_payment_refund(transfer: StoredObject, reversal: StoredObject, version: str) -> Body:
    """Render the Refund that a reversal of a transfer is for its account."""
    body: Body = {
        **dict.fromkeys(_NEVER_OF_REFUND),
        "id": refund_of_reversal(reversal.id),
        "object": "refund",
        "amount": reversal.attributes["amount"],
        "balance_transaction": reversal.attributes.get(ACCOUNT_TRANSACTION),
        "charge": payment_of_transfer(transfer.id),
        "created": int(reversal.created_at.timestamp()),
        "currency": reversal.attributes["currency"],
        "metadata": {},
        "source_transfer_reversal": reversal.id,
        "status": "succeeded",
    }
    return in_version("refund", body, version)
