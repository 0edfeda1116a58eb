# pyright: standard
"""What a page may do with a customer's saved cards: what the customer session allows whose client secret it has.

Source: Stripe, "Save payment details during payment" and "Customer Session" (API reference): the features of
`payment_element`. Stripe.js reads them from `/v1/elements/sessions` (`ElementsSessionJsonParser` of stripe-android),
of which this sandbox answers the part on the customer. Stripe gives the page a key of its own to remove cards; here it
sends the session's secret, so that it can do nothing else. The words of the refusals are ours.
"""

import hmac
import re
from typing import Any, Final

from paysandbox.core.errors import Code, Refused
from paysandbox.http.answer import Body
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import missing
from paysandbox.stripe_api.objects.intent import shown_to_page
from paysandbox.stripe_api.objects.render import render_method
from paysandbox.stripe_api.objects.stored_method import CUSTOMER, PAYMENT_METHOD, shown_method
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.payment_methods.listed_methods import attached_methods
from paysandbox.stripe_api.payment_methods.refusals import not_theirs
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.customer_sessions import CLIENT_SECRET, CUSTOMER_SESSION, LIFETIME

OBJECT: Final = "elements_session"
PARAM: Final = "customer_session_client_secret"

_COMPONENT: Final = "payment_element"
_UNSPECIFIED: Final = "unspecified"
_SECRET: Final = re.compile(rf"{CUSTOMER_SESSION.prefix}_secret_([a-z2-7]{{26}})[a-z2-7]{{32}}")


def session_of(call: AnyStripeCall, secret: str | None, param: str = PARAM) -> StoredObject:
    """Return the customer session of a client secret, which says its ID. One consistent read.

    Raises Refused: parameter_missing, parameter_invalid if it is not a secret of this merchant's, or has expired.
    """
    if secret is None:
        raise missing(param)
    named = _SECRET.fullmatch(secret)
    session_id = f"{CUSTOMER_SESSION.prefix}_{named[1]}" if named else None
    kind = CUSTOMER_SESSION.object
    session = get_object(objects_table(), kind, call.merchant, session_id) if session_id else None
    if session is None or not hmac.compare_digest(secret, session.attributes[CLIENT_SECRET]):
        raise Refused(Code.PARAMETER_INVALID, f"The {param} is not the secret of a customer session.", param)
    if call.now >= session.created_at + LIFETIME:
        detail = "The customer session has expired. Create one each time a page is shown: it is valid for 30 minutes."
        raise Refused(Code.PARAMETER_INVALID, detail, param)
    return session


def elements_session(call: AnyStripeCall, session: StoredObject) -> Body:
    """Return what a Payment Element shows of a customer, with a read of the customer and one of all its cards.

    Raises Refused(resource_not_found) of a customer that was deleted.
    """
    shown = render(CUSTOMER_SESSION, session, call.stripe_version)
    element = shown["components"][_COMPONENT]
    return {
        "object": OBJECT,
        "livemode": False,
        "customer": {
            "customer_session": {
                "object": CUSTOMER_SESSION.object,
                "components": {_COMPONENT: element},
                "customer": shown["customer"],
                "expires_at": shown["expires_at"],
                "livemode": False,
            },
            "payment_methods": _redisplayed(call, session, element["features"] or {}),
        },
    }


def _redisplayed(call: AnyStripeCall, session: StoredObject, features: Body) -> list[Body]:
    customer: str = session.attributes[CUSTOMER]
    attached = attached_methods(call, customer, CUSTOMER)
    if features.get("payment_method_redisplay") != "enabled":
        return []
    shown = [method for method in attached if _passes(method, features)]
    return [shown_to_page(render_method(shown_method(method))) for method in shown[: _limit(features)]]


def _limit(features: Body) -> int:
    return int(features["payment_method_redisplay_limit"])


def _passes(method: StoredObject, features: Body) -> bool:
    """Whether the session's filters let a page show a payment method."""
    filters: Any = features["payment_method_allow_redisplay_filters"]
    return method.attributes.get("allow_redisplay", _UNSPECIFIED) in filters


def check_may_use(call: AnyStripeCall, session: StoredObject, name: str, *, feature: str, param: str) -> None:
    """Refuse what the session does not let a page do with a payment method: `payment_method_<feature>`.

    Raises Refused: forbidden if the feature is not enabled, parameter_invalid if the session does not show the payment
    method. Whether it is the customer's is the caller's to check: it may have been detached by the same request.
    """
    features = render(CUSTOMER_SESSION, session, call.stripe_version)["components"][_COMPONENT]["features"] or {}
    if features.get(f"payment_method_{feature}") != "enabled":
        detail = f"The customer session does not enable payment_method_{feature} of {_COMPONENT}."
        raise Refused(Code.FORBIDDEN, detail)
    method = get_object(objects_table(), PAYMENT_METHOD, call.merchant, name)
    if method is None or not _passes(method, features):
        raise not_theirs(name, param)
