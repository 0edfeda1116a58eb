# pyright: standard
"""A new customer session: of a customer that exists, with its secret."""

import hashlib
import hmac
from typing import Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.ids import base32
from paysandbox.core.record import replace
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_object import CHANGE_RETENTION
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored
from paysandbox.stripe_api.resources.customer_sessions import CLIENT_SECRET, CUSTOMER_SESSION

_CUSTOMER: Final = "customer"
_SECRET_LENGTH: Final = 32


def new_session(draft: Draft) -> Stored:
    """Return a new session. It is kept for as long as its request can be repeated, which is longer than it is valid.

    Raises Refused(resource_not_found) if the customer does not exist, or is deleted.
    """
    name: str = draft.body.customer
    customer = draft.read(_CUSTOMER, name)
    if customer is None or customer.deleted:
        raise no_such(_CUSTOMER, name, _CUSTOMER)
    session = draft.stored
    attributes = {**session.attributes, CLIENT_SECRET: client_secret_of(session.id)}
    purge_at = int((session.created_at + CHANGE_RETENTION).timestamp())
    return (replace(session, attributes=attributes, listed=False, purge_at=purge_at),)


def client_secret_of(session: str) -> str:
    """Return the secret of a session, by which a page finds it: `cuss_secret_<its ID><160 bits>`."""
    digest = hmac.digest(hashing_keys().card, f"{CUSTOMER_SESSION.object}:{session}".encode(), hashlib.sha256)
    own = session.removeprefix(f"{CUSTOMER_SESSION.prefix}_")
    return f"{CUSTOMER_SESSION.prefix}_secret_{own}{base32(digest, _SECRET_LENGTH)}"
