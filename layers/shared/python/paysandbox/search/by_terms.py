"""What a text names by what its merchant has written into it: a reference, metadata, a description, a name."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.sharded_index import index_page
from paysandbox.aws.runtime import ledger
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.ledger.lists import Filter, list_payments
from paysandbox.payments.ledger.search_terms import terms_of_payment
from paysandbox.payments.payment import Payment, state_of
from paysandbox.search.found import found_payment, found_stripe_object
from paysandbox.search.schemas import Found, Matched
from paysandbox.search_index.index_table import named_by_word, named_exactly
from paysandbox.search_index.tables import reference_keys, search_index
from paysandbox.search_index.terms import Terms, folded, has_words, words_in
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.objects_table import get_by_keys
from paysandbox.stripe_api.resource_kit.search_terms import terms_of_object
from paysandbox.stripe_api.resource_kit.tables import objects_table

_HASH: Final = "#"
"""In the key of every object, and in no payment's ID."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

EACH: Final = 20
"""Objects of a kind that a search returns."""


def find_by_terms(merchant: str, text: str) -> Iterator[Found]:
    """Yield payments and objects of which the text is a term, newest first, and those whose name it begins.

    The index leads to them; what is compared is what they have now.
    """
    page = list_payments(ledger(), merchant, Filter(reference=text), limit=EACH, cursor=None)
    named = [found_payment(payment, Matched.REFERENCE) for payment in page.items]
    if (term := folded(text)) is not None:
        named += [_found(each, term) for each in _named(merchant, term)]
    yield from sorted(named, key=lambda found: found.at or _NEVER, reverse=True)
    yield from _by_name(merchant, words_in(text))


def payments_of_customers(merchant: str, customers: Sequence[str]) -> list[Payment]:
    """Return payments of customers of Stripe's API, newest first. The newest of one come before the next one is read.

    Some of the first customers only, if these have as many as a search returns.
    """
    found: list[Payment] = []
    for customer in customers:
        if len(found) >= EACH or (term := folded(customer)) is None:
            break
        found += [each for each in _named(merchant, term) if isinstance(each, Payment)]
    return sorted(found, key=lambda payment: payment.created_at, reverse=True)[:EACH]


def _named(merchant: str, term: str) -> Sequence[Payment | StoredObject]:
    """Return the newest payments and objects that have a term as a whole."""
    index = named_exactly(
        search_index(),
        merchant,
        term,
        tied_to=("named", merchant, term),
        mine=lambda found: found.merchant == merchant,
        fetch=partial(_with_term, term),
    )
    return index_page(index, limit=EACH, cursor=None).items


def _with_term(term: str, keys: Sequence[str]) -> Mapping[str, Payment | StoredObject]:
    """Return the payments and objects that still have a term, by their keys."""
    found: dict[str, Payment | StoredObject] = {**get_by_keys(objects_table(), [key for key in keys if _HASH in key])}
    items = items_by_id(ledger().client, ledger().table, PARTITION_KEY, [key for key in keys if _HASH not in key])
    found |= {key: payment for key, item in items.items() if (payment := payment_in(item)) is not None}
    return {key: each for key, each in found.items() if term in _terms(each).whole}


def _terms(each: Payment | StoredObject) -> Terms:
    if isinstance(each, Payment):
        return terms_of_payment(each, state_of(each), reference_keys())
    return terms_of_object(each, reference_keys())


def _found(each: Payment | StoredObject, term: str) -> Found:
    matched = Matched(_terms(each).whole[term])
    return found_payment(each, matched) if isinstance(each, Payment) else found_stripe_object(each, matched)


def _by_name(merchant: str, typed: Sequence[str]) -> Iterator[Found]:
    """Yield objects with a name in which each of these words begins one: the index has the longest of them."""
    if not typed:
        return
    keys = named_by_word(search_index(), merchant, max(typed, key=len), limit=EACH)
    stored = get_by_keys(objects_table(), keys)
    named = [stored[key] for key in keys if key in stored]
    fitting = [each for each in named if has_words(terms_of_object(each, reference_keys()), typed)]
    yield from (found_stripe_object(each, Matched.NAME) for each in fitting[:EACH])
