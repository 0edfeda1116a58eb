"""The checks of customers, funds, transfers and disbursements: what is rejected, and a disbursement that is paid.

On AWS, no disbursement is accepted: without PayPal's credentials it would require attention after 29 days, and with
them PayPal would be asked to pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cli.verification.client import Client
from cli.verification.response import INDEXED_S, KEY_SPREAD_S, PRESENT, PUBLISHED_S
from cli.verification.suite import Suite
from paysandbox.balance import routes as balance
from paysandbox.core.errors import Code
from paysandbox.core.event_type import EventType
from paysandbox.customers import routes as customers
from paysandbox.disbursements import routes as disbursements
from paysandbox.disbursements.disbursement import Status
from paysandbox.funds import routes as funds
from paysandbox.stripe_api import routes as v1
from paysandbox.webhooks import routes as webhooks

if TYPE_CHECKING:
    from cli.verification.response import Response

# From the table's stream through the worker to the provider and back.
_PAID_S: Final = 60.0

_RESOURCES: Final = v1.RESOURCE_ROUTE
_INVALID: Final = "invalid_request_error"
_CUSTOMER_ID: Final = "vera"
_CUSTOMER: Final = {"customer_id": _CUSTOMER_ID, "email": "vera@example.com"}
_BANK_ACCOUNT: Final = {
    "routing_number": "110000000",
    "account_number": "000123456789",
    "account_type": "checking",
    "account_holder_name": "Vera Verify",
}
# The simulated PayPal knows this recipient: there is no account, and the disbursement can be canceled.
_WITHOUT_ACCOUNT: Final = "unclaimed@example.com"


class Payer(Client):
    """A new merchant that pays a customer."""

    def pay(self, key: str, amount: float, **more: str) -> Response:
        """Pay so many cents (USD) to the customer."""
        body = {**_CUSTOMER, "amount": amount, "currency": "USD", **more}
        return self.send(disbursements.CREATE_DISBURSEMENT, key, body)


def new_key(payer: Payer) -> None:
    """A new API key works, and its merchant has no disbursements."""
    payer.credentials.create_key()
    assert payer.key_is_accepted(disbursements.LIST_MERCHANT_DISBURSEMENTS), "the merchant has no disbursements"


def customer(payer: Payer) -> None:
    """A customer is created once, named and shown."""
    created = payer.send(customers.CREATE_CUSTOMER, body=_CUSTOMER)
    assert created.has({**_CUSTOMER, "created_at": PRESENT}), "a customer is created"
    again = payer.send(customers.CREATE_CUSTOMER, body=_CUSTOMER)
    assert again.has(same_as=created), "the same customer again is the same response"
    other = payer.send(customers.CREATE_CUSTOMER, body={**_CUSTOMER, "email": "other@example.com"})
    assert other.is_refused(409, Code.CUSTOMER_EXISTS, param="email"), (
        "another e-mail address for a known customer is rejected"
    )
    name = {"email": _CUSTOMER["email"], "name": "Vera Verify"}
    assert payer.send(customers.UPDATE_CUSTOMER, body=name, of=_CUSTOMER_ID).has(name), "the customer's name is set"
    shown = {**_CUSTOMER, "name": "Vera Verify", "created_at": created["created_at"]}
    assert payer.send(customers.GET_CUSTOMER, of=_CUSTOMER_ID).has(shown), "the customer is shown"
    account = {**name, "bank_account": _BANK_ACCOUNT}
    known = {"bank_account.last4": "6789", "bank_account.routing_number": "110000000"}
    changed = payer.send(customers.UPDATE_CUSTOMER, body=account, of=_CUSTOMER_ID)
    assert changed.has(known), "a bank account is set"
    again = payer.send(customers.UPDATE_CUSTOMER, body=account, of=_CUSTOMER_ID)
    assert again.has(same_as=changed), "the same bank account again is the same response"
    live = {**name, "bank_account": {**_BANK_ACCOUNT, "account_number": "000123456780"}}
    refused = payer.send(customers.UPDATE_CUSTOMER, body=live, of=_CUSTOMER_ID)
    assert refused.is_refused(400, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX, param="bank_account.account_number"), (
        "a bank account that is not published is rejected"
    )
    assert payer.send(customers.GET_CUSTOMER, of=_CUSTOMER_ID).has(known), "and leaves the other unchanged"
    listed = payer.list(customers.LIST_CUSTOMERS, email=_CUSTOMER["email"])
    only = {"data.#": 1, "data.0.customer_id": _CUSTOMER_ID, "searched": 1}
    assert listed.has(only, within_s=INDEXED_S), "the customer is listed by its e-mail address"
    unknown = payer.send(customers.GET_CUSTOMER, of="nobody")
    assert unknown.is_refused(404, Code.RESOURCE_NOT_FOUND), "an unknown customer returns 404"


def refused_disbursements(payer: Payer) -> None:
    """A disbursement needs funds and a valid amount."""
    assert payer.send(funds.GET_FUNDS).has({"data.#": 0}), "a new merchant has no funds"
    uncovered = payer.pay("disbursement 1", 12_50)
    assert uncovered.is_refused(402, Code.INSUFFICIENT_BALANCE), "a disbursement above the funds is rejected"
    fraction = payer.pay("disbursement 2", 12.5)
    assert fraction.is_refused(400, Code.AMOUNT_INVALID, param="amount"), "an amount with a fraction is rejected"
    listed = payer.send(disbursements.LIST_DISBURSEMENTS, of=_CUSTOMER_ID)
    assert listed.has({"data.#": 0}), "the customer has no disbursements"


def unknown_disbursement(payer: Payer) -> None:
    """An unknown disbursement returns 404."""
    unknown = payer.send(disbursements.GET_DISBURSEMENT, of=(_CUSTOMER_ID, "unknown"))
    assert unknown.is_refused(404, Code.RESOURCE_NOT_FOUND), "an unknown disbursement is not found"


def paypal_signature(payer: Payer) -> None:
    """An event without PayPal's signature is rejected."""
    event = payer.send(disbursements.RECEIVE_PAYPAL_EVENT, body={"id": "WH-1"})
    assert event.is_refused(400, Code.SIGNATURE_INVALID), "an event without a signature is rejected"


def paid_disbursement(payer: Payer) -> None:
    """A disbursement that the funds cover is paid once, listed, and its event published."""
    funded = payer.send(funds.FUND_MERCHANT, "funding 1", {"amount": 20_00, "currency": "USD"})
    assert funded.has({"amount": 20_00, "balance": 20_00}), "money is added to the funds"
    accepted = payer.pay("disbursement 1", 12_50)
    pending = {"status": str(Status.PENDING), "amount": 12_50, "email": _CUSTOMER["email"], "payment_id": PRESENT}
    assert accepted.has(pending, status=202), "a disbursement is accepted, under the key that was refused before"
    payment_id = accepted["payment_id"]
    again = payer.pay("disbursement 1", 12_50)
    replayed = {"Idempotent-Replayed": "true"}
    assert again.has({"payment_id": payment_id}, status=202, headers=replayed), (
        "the same idempotency key returns the same disbursement"
    )
    shown = payer.send(disbursements.GET_DISBURSEMENT, of=(_CUSTOMER_ID, payment_id))
    paid = {"status": str(Status.PAID), "trail.#": 3, "reference": PRESENT}
    assert shown.has(paid, within_s=_PAID_S), "the disbursement is paid"
    listed = payer.list(webhooks.LIST_EVENTS, type=str(EventType.DISBURSEMENT_PAID), limit=1)
    event = {"data.#": 1, "data.0.data.payment_id": payment_id}
    assert listed.has(event, within_s=PUBLISHED_S), "the disbursement's event is published"
    only = {"data.#": 1, "data.0.payment_id": payment_id}
    assert payer.send(disbursements.LIST_DISBURSEMENTS, of=_CUSTOMER_ID).has(only), "the disbursement is listed"
    found = payer.list(disbursements.LIST_MERCHANT_DISBURSEMENTS, payment_id=payment_id)
    assert found.has(only, within_s=INDEXED_S), "the disbursement is found by its id"


def disbursement_by_ach(payer: Payer) -> None:
    """A disbursement by ACH joins a file, to the account of its acceptance, in dollars only."""
    euros = payer.pay("disbursement 4", 1_00, payment_method="ach", currency="EUR")
    assert euros.is_refused(400, Code.CURRENCY_UNSUPPORTED, param="currency"), "ACH pays no euros"
    accepted = payer.pay("disbursement 5", 1_00, payment_method="ach")
    pending = {"status": str(Status.PENDING), "payment_method": "ach", "last4": "6789", "payment_id": PRESENT}
    assert accepted.has(pending, status=202), "a disbursement by ACH is accepted"
    payment_id = accepted["payment_id"]
    shown = payer.send(disbursements.GET_DISBURSEMENT, of=(_CUSTOMER_ID, payment_id))
    collected = {
        "status": str(Status.PROCESSING),
        "effective_date": PRESENT,
        "administrative_returns_expected_by": PRESENT,
    }
    assert shown.has(collected, within_s=_PAID_S), "it joins a file, which the bank settles on a banking day"
    found = payer.list(disbursements.LIST_MERCHANT_DISBURSEMENTS, payment_method="ach")
    only = {"data.#": 1, "data.0.payment_id": payment_id}
    assert found.has(only, within_s=INDEXED_S), "it is the only one that is listed by its method"


def canceled_disbursement(payer: Payer) -> None:
    """An unclaimed disbursement is canceled, and its money returns to the funds."""
    accepted = payer.pay("disbursement 3", 5_00, email=_WITHOUT_ACCOUNT)
    assert accepted.has({"status": str(Status.PENDING), "email": _WITHOUT_ACCOUNT}, status=202), (
        "a disbursement to a recipient without an account is accepted"
    )
    payment_id = accepted["payment_id"]
    shown = payer.send(disbursements.GET_DISBURSEMENT, of=(_CUSTOMER_ID, payment_id))
    assert shown.has({"status": str(Status.UNCLAIMED)}, within_s=_PAID_S), "the disbursement is unclaimed"
    canceled = payer.send(disbursements.CANCEL_DISBURSEMENT, of=(_CUSTOMER_ID, payment_id))
    assert canceled.has({"payment_id": payment_id}), "the unclaimed disbursement is canceled"
    left = {"data.#": 1, "data.0.balance": 7_50}
    assert payer.send(funds.GET_FUNDS).has(left, within_s=_PAID_S), "its money is back in the funds"
    available = {"data.#": 1, "data.0.pending": 0, "data.0.available": 7_50, "next_settlement.cutoff": PRESENT}
    assert payer.send(balance.GET_MERCHANT_BALANCE).has(available), "it is available in the balance"
    listed = payer.list(balance.LIST_MERCHANT_TRANSACTIONS, type="disbursement_return")
    returned = {"data.#": 1, "data.0.net": 5_00, "data.0.source_id": payment_id}
    assert listed.has(returned, within_s=INDEXED_S), "and listed among what moved the balance"


def transfer(payer: Payer) -> None:
    """Funds are sent to a connected account, and taken back in part."""
    body = {"amount": 50_00, "currency": "EUR"}
    assert payer.send(funds.FUND_MERCHANT, "funds of transfers", body).has({"amount": 50_00}), "the funds have money"
    account = payer.send(
        _RESOURCES["create_account"], "account of transfer", {"capabilities[transfers][requested]": "true"}
    )["id"]
    body = {"amount": 40_00, "currency": "eur", "destination": account}
    sent = payer.send(_RESOURCES["create_transfer"], "transfer 1", body)
    assert sent.has({"object": "transfer", "amount": 40_00, "id": PRESENT}), "a transfer is made"
    assert payer.send(_RESOURCES["create_transfer"], "transfer 1", body).has(same_as=sent), (
        "the same key sends nothing again"
    )
    beyond = payer.send(_RESOURCES["create_transfer"], "transfer 2", body)
    assert beyond.is_stripe_error(400, _INVALID, code="balance_insufficient"), "the funds do not cover another"
    name = sent["id"]
    back = payer.send(_RESOURCES["create_transfer_reversal"], "reversal 1", {"amount": 15_00}, of=name)
    assert back.has({"object": "transfer_reversal", "amount": 15_00, "transfer": name}), "a part is taken back"
    of = (name, back["id"])
    noted = payer.send(_RESOURCES["update_transfer_reversal"], "reversal 2", {"metadata[a]": "1"}, of=of)
    assert noted.has({"metadata.a": "1"}), "the reversal is updated"
    assert payer.send(_RESOURCES["get_transfer_reversal"], of=of).has({"metadata.a": "1"}), "it is retrieved"
    assert payer.send(_RESOURCES["list_transfer_reversals"], of=name).has({"data.#": 1}), "it is listed"
    updated = payer.send(_RESOURCES["update_transfer"], "transfer 3", {"description": "May"}, of=name)
    assert updated.has({"description": "May"}), "the transfer is updated"
    shown = payer.send(_RESOURCES["get_transfer"], of=name)
    assert shown.has({"amount_reversed": 15_00, "reversed": False}), "it is retrieved with what was reversed"
    listed = payer.send(_RESOURCES["list_transfers"], query={"destination": account})
    assert listed.has({"data.0.id": name}, within_s=INDEXED_S), "it is listed"
    assert payer.send(v1.GET_BALANCE).has(contains=['"eur"']), "the balance has the funds"
    available = {"data.#": 1, "data.0.currency": "EUR", "data.0.pending": 0, "data.0.available": 25_00}
    of_account = payer.send(balance.GET_MERCHANT_BALANCE, query={"account": account})
    assert of_account.has(available), "the account has what was not taken back"
    listed = payer.list(balance.LIST_MERCHANT_TRANSACTIONS, account=account, type="transfer")
    assert listed.has({"data.#": 1, "data.0.net": 40_00}, within_s=INDEXED_S), "and what it got is listed"


def charge_transfer(payer: Payer) -> None:
    """A charge is split between the platform and a connected account, and never further than it goes."""
    account = payer.send(
        _RESOURCES["create_account"], "account of a part", {"capabilities[transfers][requested]": "true"}
    )["id"]
    body = {"amount": 10_00, "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
    paid = payer.send(v1.CREATE_PAYMENT_INTENT, "charge to split", body)
    assert paid.has({"status": "succeeded", "latest_charge": PRESENT}), "it is paid"
    charge = paid["latest_charge"]
    part = {"amount": 7_00, "currency": "usd", "destination": account, "source_transaction": charge}
    sent = payer.send(_RESOURCES["create_transfer"], "part 1", part)
    assert sent.has({"amount": 7_00, "source_transaction": charge, "transfer_group": PRESENT}), "a part is transferred"
    assert payer.send(_RESOURCES["create_transfer"], "part 1", part).has(same_as=sent), (
        "the same key sends nothing again"
    )
    beyond = payer.send(_RESOURCES["create_transfer"], "part 2", part)
    assert beyond.is_stripe_error(400, _INVALID), "the charge does not cover another"
    back = payer.send(_RESOURCES["create_transfer_reversal"], "part 3", {"amount": 4_00}, of=sent["id"])
    assert back.has({"amount": 4_00, "transfer": sent["id"]}), "a part is taken back"
    assert payer.send(_RESOURCES["create_transfer"], "part 4", part).has({"amount": 7_00}), (
        "and can be transferred again"
    )


def shared_charge(payer: Payer) -> None:
    """A charge goes to a connected account, and its application fee is refunded in part."""
    account = payer.send(
        _RESOURCES["create_account"], "account of charge", {"capabilities[transfers][requested]": "true"}
    )["id"]
    body = {
        "amount": 10_00,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": "true",
        "capture_method": "automatic",
        "application_fee_amount": 1_00,
        "transfer_data[destination]": account,
    }
    paid = payer.send(v1.CREATE_PAYMENT_INTENT, "charge 1", body)
    assert paid.has({"status": "succeeded", "latest_charge": PRESENT}), "it is paid"
    charge = payer.send(v1.GET_CHARGE, of=paid["latest_charge"])
    assert charge.has({"application_fee": PRESENT, "transfer": PRESENT}), "it has a transfer and a fee"
    fee = charge["application_fee"]
    back = payer.send(_RESOURCES["create_fee_refund"], "fee 1", {"amount": 40}, of=fee)
    assert back.has({"object": "fee_refund", "amount": 40, "id": PRESENT}), "a part of the fee is refunded"
    of = (fee, back["id"])
    noted = payer.send(_RESOURCES["update_fee_refund"], "fee 2", {"metadata[a]": "1"}, of=of)
    assert noted.has({"metadata.a": "1"}), "the refund is updated"
    assert payer.send(_RESOURCES["get_fee_refund"], of=of).has({"metadata.a": "1"}), "it is retrieved"
    assert payer.send(_RESOURCES["list_fee_refunds"], of=fee).has({"data.#": 1}), "it is listed"
    shown = payer.send(_RESOURCES["get_application_fee"], of=fee)
    assert shown.has({"amount": 1_00, "amount_refunded": 40}), "the fee is retrieved with what was refunded"
    listed = payer.send(_RESOURCES["list_application_fees"], query={"charge": charge["id"]})
    assert listed.has({"data.0.id": fee}, within_s=INDEXED_S), "it is listed"


def payout(payer: Payer) -> None:
    """Funds are paid out, and a payout that is pending is canceled."""
    body = {"amount": 5_00, "currency": "GBP"}
    assert payer.send(funds.FUND_MERCHANT, "funds of payouts", body).has({"amount": 5_00}), "the funds have money"
    body = {"amount": 5_00, "currency": "gbp"}
    made = payer.send(_RESOURCES["create_payout"], "payout 1", body)
    assert made.has({"object": "payout", "status": "pending", "id": PRESENT}), "a payout is made"
    beyond = payer.send(_RESOURCES["create_payout"], "payout 2", body)
    assert beyond.is_stripe_error(400, _INVALID, code="balance_insufficient"), "the funds do not cover another"
    name = made["id"]
    updated = payer.send(_RESOURCES["update_payout"], "payout 3", {"metadata[a]": "1"}, of=name)
    assert updated.has({"metadata.a": "1"}), "it is updated"
    canceled = payer.send(_RESOURCES["cancel_payout"], "payout 4", {}, of=name)
    assert canceled.has({"status": "canceled"}), "it is canceled"
    assert payer.send(_RESOURCES["get_payout"], of=name).has({"status": "canceled"}), "it is retrieved"
    listed = payer.send(_RESOURCES["list_payouts"], query={"status": "canceled"})
    assert listed.has({"data.0.id": name}, within_s=INDEXED_S), "it is listed"
    assert payer.send(_RESOURCES["create_payout"], "payout 5", body).has({"status": "pending"}), "its amount came back"


def revoked_key(payer: Payer) -> None:
    """A revoked API key pays nothing."""
    payer.credentials.revoke_key()
    listed = payer.list(disbursements.LIST_MERCHANT_DISBURSEMENTS)
    assert listed.is_refused(401, Code.API_KEY_INVALID, within_s=KEY_SPREAD_S), "the revoked API key is rejected"


_ALWAYS: Final = (new_key, customer, refused_disbursements, unknown_disbursement, paypal_signature)

DISBURSEMENTS_SUITE: Final = Suite(
    "disbursements", Payer, (*_ALWAYS, transfer, charge_transfer, shared_charge, payout, revoked_key)
)
WHOLE_DISBURSEMENTS_SUITE: Final = Suite(
    "disbursements",
    Payer,
    (
        *_ALWAYS,
        paid_disbursement,
        canceled_disbursement,
        disbursement_by_ach,
        transfer,
        charge_transfer,
        shared_charge,
        payout,
        revoked_key,
    ),
)
"""The suite with disbursements that are sent, for a sandbox that simulates PayPal itself."""
