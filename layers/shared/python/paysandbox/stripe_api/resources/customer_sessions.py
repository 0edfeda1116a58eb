# pyright: standard
"""Customer sessions: what Stripe's components on a page may do with a customer's saved cards, for half an hour.

Source: Stripe, "Customer Session" (API reference), and `CustomerSessions.d.ts` of stripe-node 23.1.0. Of the
components, the Payment Element of the stand-in for Stripe.js does what its features say (`pages/customer_session.py`).
The others run at Stripe alone. A customer is never an Account of Stripe's second API.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field as Limits

from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import CustomerId, Nested, Whole, Yes
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field

CLIENT_SECRET: Final = "client_secret"  # noqa: S105 - the name of a field
LIFETIME: Final = timedelta(minutes=30)
"""Source: Stripe, "Customer Session", `expires_at`."""

Switch = Literal["enabled", "disabled"]
Redisplay = Literal["always", "limited", "unspecified"]
_Filters = Annotated[list[Redisplay], Limits(max_length=3)]
_ALWAYS: Final[list[Redisplay]] = ["always"]


class Component(Nested):
    """A component without features."""

    enabled: Yes


class CustomerSheetFeatures(Nested):
    """The features of a customer sheet."""

    payment_method_allow_redisplay_filters: _Filters = _ALWAYS
    payment_method_remove: Switch | None = None


class CustomerSheet(Component):
    """The customer sheet of a mobile application."""

    features: CustomerSheetFeatures | None = None


class MobilePaymentElementFeatures(CustomerSheetFeatures):
    """The features of a mobile payment element."""

    payment_method_redisplay: Switch | None = None
    payment_method_save: Switch | None = None
    payment_method_save_allow_redisplay_override: Redisplay | None = None


class MobilePaymentElement(Component):
    """The payment element of a mobile application."""

    features: MobilePaymentElementFeatures | None = None


class PaymentElementFeatures(Nested):
    """The features of a payment element, with the defaults that Stripe documents."""

    payment_method_allow_redisplay_filters: _Filters = _ALWAYS
    payment_method_redisplay: Switch = "disabled"
    payment_method_redisplay_limit: Annotated[Whole, Limits(ge=1, le=10)] = 3
    payment_method_remove: Switch = "disabled"
    payment_method_save: Switch = "disabled"
    payment_method_save_usage: Literal["off_session", "on_session"] | None = None


class PaymentElement(Component):
    """The payment element of a page."""

    features: PaymentElementFeatures | None = None


class Components(Nested):
    """The components of a session. At least one is enabled."""

    active_entitlements: Component | None = None
    buy_button: Component | None = None
    customer_portal: Component | None = None
    customer_sheet: CustomerSheet | None = None
    mobile_payment_element: MobilePaymentElement | None = None
    payment_element: PaymentElement | None = None
    pricing_table: Component | None = None


_FEATURES: Final[Mapping[str, Attributes]] = {
    "customer_sheet": CustomerSheetFeatures().model_dump(),
    "mobile_payment_element": MobilePaymentElementFeatures().model_dump(),
    "payment_element": PaymentElementFeatures().model_dump(),
}
"""The features of an enabled component that the request does not name."""


def _check(body: Any) -> None:
    components: Components = body.components
    named = (getattr(components, name) for name in Components.model_fields)
    if not any(component.enabled for component in named if component):
        # The words are ours: Stripe publishes the rule alone.
        raise kit.refused("At least 1 component must be enabled.", "components")


def _derived(session: StoredObject) -> Attributes:
    components: Mapping[str, Attributes | None] = session.attributes["components"]
    return {
        "components": {name: _shown(name, component or {"enabled": False}) for name, component in components.items()},
        "customer_account": None,
        "expires_at": int((session.created_at + LIFETIME).timestamp()),
    }


def _shown(name: str, component: Attributes) -> Attributes:
    if name not in _FEATURES:
        return component
    return {**component, "features": component.get("features") or (_FEATURES[name] if component["enabled"] else None)}


CUSTOMER_SESSION: Final = kit.Resource(
    object="customer_session",
    prefix="cuss",
    path="/customer_sessions",
    noun="customer session",
    fields=(
        Field(name=CLIENT_SECRET, type=Any, create=False, update=False),
        Field(name="components", type=Components, required=True),
        Field(name="customer", type=CustomerId, required=True, names="customer"),
    ),
    shown=kit.Shown(derived=_derived, lacks=("id",)),
    rules=kit.Rules(check=_check),
    routes=kit.Routes(operations=("create",)),
)
"""`new_session` completes a new one. Stripe has no events of them. A page reads one by its secret alone."""
