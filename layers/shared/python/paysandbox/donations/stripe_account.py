# pyright: standard
"""The account at Stripe that takes donations: its API, asked through Stripe's own SDK.

Whoever imports this module loads the SDK, so only functions that ask Stripe do.
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

# Two tries of three seconds and the pause between them fit into a function's ten seconds, beside what else it does.
TIMEOUT_S: Final = 3
_RETRIES: Final = 1

_CODES: Final = {
    "amount_too_small": Code.AMOUNT_TOO_SMALL,
    "amount_too_large": Code.AMOUNT_TOO_LARGE,
}
_PARAMS: Final = {"amount": Code.AMOUNT_INVALID, "currency": Code.CURRENCY_UNSUPPORTED}


def client() -> stripe.StripeClient:
    """Stripe's API under the key as it was last read. Raises Refused(stripe_not_configured)."""
    return _client(secret_key().value(), runtime.settings_of(StripeAccountSettings).stripe_api_base)


def load() -> None:
    """Have ready what the first question takes: the key, and the half of the SDK that it loads when it is needed.

    Raises Refused(stripe_not_configured).
    """
    _ = client().v1.payment_intents, stripe.PaymentIntent


def ask(question: Callable[[stripe.StripeClient], _Answer]) -> _Answer:
    """What Stripe says to a question, which is asked again where the key was changed meanwhile.

    Raises Refused: stripe_not_configured where Stripe does not take the key; stripe_unavailable where it does not
    answer, or says that it cannot now; a 400 for what it will not do.
    """
    try:
        return _asked(question)
    except stripe.AuthenticationError:
        if not secret_key().has_changed():
            raise _not_taken() from None
    try:
        return _asked(question)
    except stripe.AuthenticationError:
        raise _not_taken() from None


def _asked(question: Callable[[stripe.StripeClient], _Answer]) -> _Answer:
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
            Code.STRIPE_UNAVAILABLE, "Try again with the same idempotency key; it is the same donation."
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
