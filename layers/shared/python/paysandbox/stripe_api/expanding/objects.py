# pyright: standard
"""Reads the objects that are expanded in others, which have only their IDs.

Each is one of the request's merchant, or of its platform: a direct charge of a connected account names the platform's
application fee. What a payment moved is seen by both merchants that share it. Another merchant's stays an ID.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.runtime import ledger
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.core.ids import payment_of
from paysandbox.http.answer import Body
from paysandbox.payments.ledger.items import payment_in
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.connect.payments_shared import merchants_of
from paysandbox.stripe_api.ids import attempt_of_charge, operation_of_refund, payment_of_charge, payment_of_intent
from paysandbox.stripe_api.objects.account import render_application
from paysandbox.stripe_api.objects.expand import Expansion, leaves, targets_of
from paysandbox.stripe_api.objects.render import render_charge, render_dispute, render_intent, render_refund
from paysandbox.stripe_api.objects.source import source_body
from paysandbox.stripe_api.objects.stored_method import is_source

_PAYMENT_OF: Final[Mapping[str, Callable[[str], str | None]]] = {
    "charge": payment_of_charge,
    "dispute": payment_of,
    "payment_intent": payment_of_intent,
    "refund": lambda name: payment_of(operation_of_refund(name) or ""),
}
"""By kind of object that is shown from a payment: the payment of its ID."""


def read_expanded(call: AnyStripeCall, kind: str, ids: Collection[str], within: Expansion) -> list[Body]:
    """Return the objects of a kind with these IDs that the request's merchant can see, in no order.

    Those of a payment have what the tree `within` expands of the same payment. Takes one read, one more for the
    evidence of disputes and for what objects include, and one more if the request is for a connected account.
    """
    if kind == "application":
        return [each for each in map(render_application, _merchants(call)) if each["id"] in ids]
    if kind == "confirmation_secret":
        return [{"id": name, **_secret_of(name)} for name in ids]
    if kind == "tax_code":
        from paysandbox.stripe_api.catalog.tax_codes import tax_code_body

        return [*filter(None, map(tax_code_body, ids))]
    if kind == "balance_transaction":
        from paysandbox.stripe_api.balance_transactions import read_balance_transactions

        return read_balance_transactions(call, ids)
    if kind in _PAYMENT_OF:
        # Of several kinds that a property can be, each has only its own properties.
        known = {path.partition(".")[0] for path in targets_of(kind, call.stripe_version)}
        within = {name: inner for name, inner in within.items() if name in known}
        return [*_of_payments(call, kind, ids, leaves(within)), *_of_transfers(call, kind, ids, within)]
    return [*_of_resources(call, kind, ids, within)]


def _secret_of(intent: str) -> Body:
    """Return how the payer of an invoice confirms its payment intent."""
    secret = secrets_of(payment_of_intent(intent) or "").client_secret
    return {"client_secret": secret, "type": "payment_intent"}


def _merchants(call: AnyStripeCall) -> tuple[str, ...]:
    """Return the merchants whose objects the request can see: its own, and its platform."""
    return tuple(filter(None, (call.merchant, call.platform)))


def _of_payments(call: AnyStripeCall, kind: str, ids: Collection[str], paths: Collection[str]) -> Iterator[Body]:
    payment_ids = {name: payment_id for name in ids if (payment_id := _PAYMENT_OF[kind](name))}
    items = items_by_id(ledger().client, ledger().table, PARTITION_KEY, {*payment_ids.values()})
    evidence = _evidence(ids) if kind == "dispute" else {}
    for name, payment_id in payment_ids.items():
        payment = payment_in(items.get(payment_id))
        if payment is None or call.merchant not in merchants_of(payment):
            continue
        private, version = secrets_of(payment.id), call.stripe_version
        match kind:
            case "charge":
                attempt = attempt_of_charge(name) or ""
                yield render_charge(payment, attempt, private=private, expand=paths, version=version)
            case "dispute":
                texts = evidence.get(name, {})
                yield render_dispute(payment, name, texts, private=private, expand=paths, version=version)
            case "refund":
                refund = operation_of_refund(name) or ""
                yield render_refund(payment, refund, private=private, expand=paths, version=version)
            case _:
                yield render_intent(payment, private=private, expand=paths, version=version)


def _of_transfers(call: AnyStripeCall, kind: str, ids: Collection[str], within: Expansion) -> Iterator[Body]:
    if kind in ("charge", "refund") and any(not _PAYMENT_OF[kind](name) for name in ids):
        from paysandbox.stripe_api.resources.transfers.transfer_payments import (
            payments_of_transfers,  # few are of a transfer
        )

        yield from payments_of_transfers(call, ids, within)


def _evidence(disputes: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    from paysandbox.disputes import tables
    from paysandbox.disputes.disputes_table import stored_evidence

    return {name: stored.texts for name, stored in stored_evidence(tables.disputes(), disputes).items()}


def _of_resources(call: AnyStripeCall, kind: str, ids: Collection[str], within: Expansion) -> Iterator[Body]:
    from paysandbox.stripe_api.declared import RESOURCES
    from paysandbox.stripe_api.resource_kit.reading import Reader
    from paysandbox.stripe_api.resource_kit.rendering import render_all

    missing = {*ids}
    for merchant in _merchants(call):
        reader = Reader(RESOURCES, merchant, call.now)
        if kind == "card":
            # A customer's card is a payment method that is shown in another way.
            cards = reader.read_named(RESOURCES["payment_method"], missing) if missing else {}
            missing -= cards.keys()
            yield from (source_body(card) for card in cards.values() if is_source(card.id))
            continue
        stored = reader.read_named(RESOURCES[kind], missing) if missing else {}
        missing -= stored.keys()
        yield from render_all(
            RESOURCES[kind], [*stored.values()], within, read_many=reader.read_many, version=call.stripe_version
        )
