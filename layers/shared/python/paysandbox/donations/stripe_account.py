# pyright: standard
"""API calls to the Stripe account that accepts donations, through Stripe's SDK.

Importing this module loads the SDK, so only functions that call Stripe import it.
"""

from collections.abc import Callable
from functools import cache
from typing import Final, TypeVar

import stripe

from paysandbox.aws import runtime
from paysandbox.aws.settings import StripeAccountSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.donations.stripe_secrets import missing, secret_key

_Answer = TypeVar("_Answer")

# Two attempts of three seconds, the pause between them and the rest of the work fit into a function's timeout of 10 s.
TIMEOUT_S: Final = 3
_RETRIES: Final = 1

_CODES: Final = {
    "amount_too_small": Code.AMOUNT_TOO_SMALL,
    "amount_too_large": Code.AMOUNT_TOO_LARGE,
}
_PARAMS: Final = {"amount": Code.AMOUNT_INVALID, "currency": Code.CURRENCY_UNSUPPORTED}


def client() -> stripe.StripeClient:
    """Return a client with the secret key as last read. Raises Refused(stripe_not_configured)."""
    return _client(secret_key().value(), runtime.settings_of(StripeAccountSettings).stripe_api_base)


def load() -> None:
    """Load what the first request needs: the secret key, and the parts of the SDK that are imported lazily.

    Raises Refused(stripe_not_configured).
    """
    _ = client().v1.payment_intents, stripe.PaymentIntent


def ask(question: Callable[[stripe.StripeClient], _Answer]) -> _Answer:
    """Call Stripe and return its response. Retries if Stripe rejects the secret key and the key has changed.

    Raises Refused: stripe_not_configured if Stripe rejects the key; stripe_unavailable if Stripe does not respond or
    has a temporary error; a 400 if Stripe rejects the request.
    """
    try:
        return _call(question)
    except stripe.AuthenticationError:
        if not secret_key().has_changed():
            raise _not_taken() from None
    try:
        return _call(question)
    except stripe.AuthenticationError:
        raise _not_taken() from None


def _call(question: Callable[[stripe.StripeClient], _Answer]) -> _Answer:
    try:
        return question(client())
    except stripe.AuthenticationError:
        raise
    except stripe.PermissionError:
        raise _not_taken() from None
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        code = _CODES.get(error.code or "") or _PARAMS.get(error.param or "") or Code.REQUEST_INVALID
        raise Refused(code, f"Stripe says: {error.user_message}", error.param) from None
    except stripe.StripeError as error:
        raise Refused(
            Code.STRIPE_UNAVAILABLE, "Retry with the same idempotency key. No second donation is created."
        ) from error


def _not_taken() -> Refused:
    return missing(runtime.settings_of(StripeAccountSettings).stripe_key_parameter)


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        max_network_retries=_RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
    )
