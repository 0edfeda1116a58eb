"""What a payment is found by, of what its merchant has written into it. Pure.

A reference of its own has an index. The ID of its customer leads to it from what the customer is found by.
"""

import json
from collections.abc import Sequence

from paysandbox.payments.payment import Payment, State
from paysandbox.search_index.terms import NOTHING, Terms, reference_in, terms_of


def terms_of_payment(payment: Payment, state: State, keys: Sequence[str]) -> Terms:
    """Return the terms of a payment in this state. `keys` are the reference keys of metadata."""
    terms, noted = state.terms, payment.annotations
    if terms is None:
        if noted.description is None and noted.metadata is None:
            return NOTHING
        return terms_of(keys, metadata=_map(noted.metadata), description=noted.description)
    return terms_of(
        keys,
        metadata=_map(terms.metadata),
        description=terms.description,
        client_reference_id=terms.session_reference,
        email=terms.receipt_email,
        customer=terms.customer,
    )


def reference_of(payment: Payment, state: State, keys: Sequence[str]) -> str | None:
    """Return what a payment's merchant calls it: its reference, else that of its metadata, else its session's."""
    terms, noted = state.terms, payment.annotations
    metadata = noted.metadata if terms is None else terms.metadata
    return noted.reference or reference_in(_map(metadata), keys) or (None if terms is None else terms.session_reference)


def _map(metadata: str | None) -> dict[str, str]:
    return {} if metadata is None else json.loads(metadata)
