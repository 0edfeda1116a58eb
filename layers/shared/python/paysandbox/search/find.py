"""Find what a text names: by ID, then by what an index has, then among the newest.

A payment's ID is derived from its idempotency key, and a card's from its number, so a key and the last digits of a
published test card lead to what they are of. References, metadata, descriptions, names and e-mail addresses have
indexes. What has none is compared with the newest: payments by the last digits of other cards, customers of the native
API and disbursements by e-mail address, requests by path.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.sharded_index import ShardedIndex, index_page
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.runtime import ledger
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.core import ids
from paysandbox.core.record import record
from paysandbox.customers.lists import customers_of, has_email
from paysandbox.customers.tables import customers
from paysandbox.disbursements.routes import CREATE_DISBURSEMENT
from paysandbox.disbursements.store.lists import disbursements_of
from paysandbox.disbursements.store.tables import disbursements
from paysandbox.http.route import Api
from paysandbox.payments.bank.card import card_id_of
from paysandbox.payments.bank.test_cards import TEST_CARDS
from paysandbox.payments.ledger.items import idempotency_record_from, is_idempotency_record
from paysandbox.payments.ledger.lists import Filter, list_payments
from paysandbox.payments.ledger.payment_index import payments_of
from paysandbox.payments.payment import Payment
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    INCREMENT_PAYMENT,
    REFUND_PAYMENT,
    VOID_PAYMENT,
)
from paysandbox.request_log.table import records_of
from paysandbox.request_log.tables import request_log
from paysandbox.search.by_terms import EACH, find_by_terms, payments_of_customers
from paysandbox.search.found import (
    found_customer,
    found_disbursement,
    found_payment,
    found_request,
    found_stripe_object,
)
from paysandbox.search.named import find_chosen, find_issued, find_named
from paysandbox.search.query import SearchText
from paysandbox.search.schemas import Found, Matched
from paysandbox.stripe_api.resource_kit.objects_table import objects_with_email
from paysandbox.stripe_api.resource_kit.tables import objects_table

MAX_FOUND: Final = 50
_KEYED: Final = (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    INCREMENT_PAYMENT,
    VOID_PAYMENT,
    REFUND_PAYMENT,
    CREATE_DISBURSEMENT,
)
"""Routes of the native API whose idempotency keys are found. The Stripe-compatible API's are of all its routes."""

T = TypeVar("T")


@record
class SearchAnswer:
    """What was found, and how many of the newest were compared because no index has what was searched for."""

    found: Sequence[Found]
    searched: int = 0


def find(merchant: str, wanted: SearchText) -> SearchAnswer:
    """Return what a merchant's text names. If that is an ID that the sandbox issued, nothing else is read."""
    issued = [found for name in wanted.names for found in find_issued(merchant, name)]
    if issued:
        return SearchAnswer(_distinct(issued))
    chosen = [found for name in wanted.names for found in find_chosen(merchant, name)]
    if wanted.path is not None:
        return SearchAnswer(_distinct(chosen)) if chosen else _newest_requests(merchant, wanted.path)
    found = [*chosen, *_by_key(merchant, wanted.text), *find_by_terms(merchant, wanted.text)]
    searched = 0
    if wanted.email is not None:
        by_email, searched = _by_email(merchant, wanted.email)
        found += by_email
    elif wanted.last4 is not None:
        by_digits, searched = _by_last4(merchant, wanted.last4)
        found += by_digits
    return SearchAnswer(_distinct(found), searched)


def _distinct(found: Sequence[Found]) -> list[Found]:
    """Return each object once, with what was matched first."""
    return list({(each.kind, each.id): each for each in reversed(found)}.values())[::-1][:MAX_FOUND]


def _by_key(merchant: str, key: str) -> Iterator[Found]:
    """Yield what an idempotency key is bound to: the payment that it created, or the object that its record names."""
    scopes = (*(route.name for route in _KEYED), str(Api.V1))
    payments = [ids.payment_id(merchant, scope, key) for scope in scopes]
    records = [ids.idempotency_record_id(merchant, scope, key) for scope in scopes]
    for item_id, item in items_by_id(ledger().client, ledger().table, PARTITION_KEY, [*payments, *records]).items():
        if is_idempotency_record(item):
            yield from find_named(merchant, idempotency_record_from(item).operation_id, Matched.IDEMPOTENCY_KEY)
        else:
            yield from find_named(merchant, item_id, Matched.IDEMPOTENCY_KEY)


def _by_email(merchant: str, email: str) -> tuple[list[Found], int]:
    """Return objects with an e-mail address and payments of its customers of Stripe's API, and among the newest its
    native customers and disbursements. Payments with a receipt to it have the address as a term."""
    index = objects_with_email(objects_table(), merchant, email)
    objects = index_page(index, limit=EACH, cursor=None).items
    paid = payments_of_customers(merchant, [stored.id for stored in objects if stored.object == "customer"])
    known, compared_customers = _among_newest(
        customers_of(customers(), merchant), lambda customer: has_email(customer, email)
    )
    sent, compared_disbursements = _among_newest(
        disbursements_of(disbursements(), merchant), lambda each: each.email.lower() == email.lower()
    )
    found = [found_stripe_object(stored, Matched.EMAIL) for stored in objects]
    found += [found_customer(customer, Matched.EMAIL) for customer in known]
    found += [found_payment(payment, Matched.EMAIL) for payment in paid]
    found += [found_disbursement(disbursement, Matched.EMAIL) for disbursement in sent]
    return found, compared_customers + compared_disbursements


def _by_last4(merchant: str, last4: str) -> tuple[list[Found], int]:
    """Return payments with a card that ends in these digits: of published cards all, otherwise among the newest."""
    numbers = [number for number in TEST_CARDS if number.endswith(last4)]
    found: list[Payment] = []
    for number in numbers:
        card_id = card_id_of(number, merchant, hashing_keys().card)
        found += list_payments(ledger(), merchant, Filter(card_id=card_id), limit=EACH, cursor=None).items
    compared = 0
    if not numbers:
        others, compared = _among_newest(
            payments_of(ledger(), merchant, None, None),
            lambda payment: payment.last_card is not None and payment.last_card.last4 == last4,
        )
        found += others
    newest_first = sorted(found, key=lambda payment: payment.created_at, reverse=True)
    return [found_payment(payment, Matched.LAST4) for payment in islice(newest_first, EACH)], compared


def _newest_requests(merchant: str, path: str) -> SearchAnswer:
    records, compared = _among_newest(records_of(request_log(), merchant), lambda record: record.path == path)
    return SearchAnswer([found_request(record, Matched.PATH) for record in records], compared)


def _among_newest(index: ShardedIndex[T], wanted: Callable[[T], bool]) -> tuple[Sequence[T], int]:
    """Return those of the newest that are wanted, and how many were compared."""
    page = index_page(index, limit=EACH, cursor=None, wanted=wanted)
    return page.items, page.compared
