"""Checks a body against the official SDK's annotations of Stripe's objects.

    faults(body, stripe.PaymentIntent) == []

A field that is not Optional in the SDK must be present, null is allowed only where the SDK allows it, and every value
has its annotated type, including nested and expanded objects. A text with published values must be one of them,
although the SDK accepts any. A field that the SDK does not know is a fault too: here it can only be misspelt.
"""

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, ClassVar, Final, Literal, Union, get_args, get_origin, get_type_hints

import stripe
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import UntypedStripeObject

from paysandbox.stripe_api.resources.granted_tokens import GRANTED_TOKENS
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.stripe_api.version_rows import removed_fields

_DELETED = {"id", "object", "deleted"}
"""What an expanded object that was deleted shows."""
_MISSING = ": is missing"
_UNKNOWN = "the SDK knows no such field"
_RECORDED: Final = frozenset((("Subscription", "plan"), ("Subscription", "quantity"), ("ListObject", "total_count")))
"""Fields that every answer of Stripe's test mode had which pay-rails/pay has recorded, and that the types lack."""
_UNPUBLISHED = " is none of the published values"


class PaymentPage(stripe.StripeObject):
    """What only Stripe's browser library reads, so that the SDK has no type of it."""

    class Cart(stripe.StripeObject):
        """What the payer pays for, for who has the client secret."""

        class Item(stripe.StripeObject):
            """A line item."""

            class Adjustable(stripe.StripeObject):
                """The quantities that the payer may choose."""

                enabled: bool
                maximum: int | None
                minimum: int | None

            adjustable_quantity: Adjustable | None
            discount: int
            id: str
            name: str
            price: str
            quantity: int
            subtotal: int
            total: int
            unit_amount_decimal: str

        class Option(stripe.StripeObject):
            """A shipping option."""

            amount: int
            display_name: str | None
            id: str

        currency: str | None
        customer_email: str | None
        discount: int
        line_items: list[Item]
        promotion_code: str | None
        shipping: int | None
        shipping_options: list[Option]
        shipping_rate: str | None
        subtotal: int
        total: int

    id: str
    object: Literal["payment_page"]
    cart: Cart | None
    mode: Literal["payment", "setup"]
    payment_status: Literal["no_payment_required", "paid", "unpaid"]
    redirect_on_completion: Literal["always", "if_required", "never"] | None
    status: Literal["complete", "expired", "open"]
    ui_mode: Literal["elements", "embedded_page", "form", "hosted_page"]
    url: str


class ElementsSession(stripe.StripeObject):
    """What the stand-in for Stripe's browser library reads of a customer session, which no SDK has a type of."""

    class Customer(stripe.StripeObject):
        """The customer of the session, and the cards that it shows."""

        class CustomerSession(stripe.StripeObject):
            """The session without its secret, and with one component."""

            class Components(stripe.StripeObject):
                """What the page may use."""

                payment_element: stripe.CustomerSession.Components.PaymentElement

            object: Literal["customer_session"]
            components: Components
            customer: str
            expires_at: int
            livemode: bool

        customer_session: CustomerSession
        payment_methods: list[stripe.PaymentMethod]

    object: Literal["elements_session"]
    customer: Customer
    livemode: bool


class EphemeralKey(stripe.EphemeralKey):
    """With the field that the SDK's types lack, and that Stripe's mobile SDKs read (`EphemeralKey.kt`)."""

    class AssociatedObject(stripe.StripeObject):
        """What the key opens."""

        id: str
        type: str

    associated_objects: list[AssociatedObject]


class GrantedToken(stripe.StripeObject):
    """What only previews of the SDK have a type of ("Shared Payment Granted Token", 2026-04-22.preview)."""

    class AgentDetails(stripe.StripeObject):
        """Who has issued it."""

        network_business_profile: str | None

    class PaymentMethodDetails(stripe.StripeObject):
        """What is shared."""

        class Card(stripe.StripeObject):
            """A card."""

            brand: str
            checks: stripe.PaymentMethod.Card.Checks | None
            country: str | None
            display_brand: str | None
            exp_month: int
            exp_year: int
            fingerprint: str | None
            funding: str
            last4: str
            networks: stripe.PaymentMethod.Card.Networks | None
            wallet: stripe.PaymentMethod.Card.Wallet | None

        billing_details: stripe.PaymentMethod.BillingDetails | None
        card: Card | None
        type: Literal["card"]

    class UsageDetails(stripe.StripeObject):
        """What was used of it."""

        class AmountCaptured(stripe.StripeObject):
            """The sum of the payments."""

            currency: str
            value: int

        amount_captured: AmountCaptured | None

    class UsageLimits(stripe.StripeObject):
        """What can be used of it."""

        currency: str
        expires_at: int | None
        max_amount: int
        recurring_interval: Literal["month", "week", "year"] | None

    id: str
    object: Literal["shared_payment.granted_token"]
    agent_details: AgentDetails | None
    created: int
    deactivated_at: int | None
    deactivated_reason: Literal["consumed", "expired", "resolved", "revoked"] | None
    livemode: bool
    payment_method_details: PaymentMethodDetails | None
    risk_details: None
    shared_metadata: UntypedStripeObject[str] | None
    usage_details: UsageDetails | None
    usage_limits: UsageLimits | None


_LACKING: Final = {
    "elements_session": ElementsSession,
    "ephemeral_key": EphemeralKey,
    "payment_page": PaymentPage,
    "shared_payment.granted_token": GrantedToken,
}
"""The classes of objects that Stripe's SDK lacks, or lacks fields of."""


def class_of(name: str) -> Any:
    """Return the class of objects with this name: the SDK's, as it reads an answer, or ours. Raises KeyError."""
    if name in _LACKING:
        return _LACKING[name]
    module, cls = OBJECT_CLASSES[name]
    return getattr(importlib.import_module(module), cls)


def faults(body: object, shape: Any, *, for_page: bool = False, version: str = STRIPE_VERSION) -> list[str]:
    """Return the differences between a body and that shape, as `path: what is wrong`.

    `for_page`: a publishable key sees only a part of the body. The SDK does not know the fields and values of an
    earlier version, which has none of those that were added since, and not the event types of previews.
    """
    name = getattr(shape, "__name__", "body")
    found = _faults(body, shape, name)
    later = removed_fields(getattr(shape, "OBJECT_NAME", ""), version)
    expected = (
        *([_MISSING] if for_page else []),
        *([_UNKNOWN, _UNPUBLISHED] if version < STRIPE_VERSION else []),
        *(f"{name}.{field}{_MISSING}" for field in later),
        *(f"{name}.type: {kind!r}{_UNPUBLISHED}" for kind in GRANTED_TOKENS.event_types),
    )
    return [fault for fault in found if not fault.endswith(expected)]


def _faults(value: object, shape: Any, path: str) -> Iterator[str]:
    origin = get_origin(shape)
    if shape is Any:
        return
    if origin in (Union, UnionType):
        yield from _of_union(value, get_args(shape), path)
    elif origin is Literal:
        if value not in get_args(shape):
            yield f"{path}: {value!r}{_UNPUBLISHED}"
    elif origin is list:
        yield from _of_items(value, get_args(shape)[0], path)
    elif inspect.isclass(cls := origin or shape) and issubclass(cls, stripe.StripeObject):
        yield from _of_object(value, cls, get_args(shape), path)
    elif shape is Decimal:  # sent as a text, since a number of JSON may lose digits
        yield from _faults(value, str, path)
    elif type(value) is not shape:  # True does not count as a number
        yield f"{path}: {value!r} is no {shape.__name__}"


def _of_union(value: object, kinds: tuple[Any, ...], path: str) -> Iterator[str]:
    if value is None:
        if NoneType not in kinds:
            yield f"{path}: is null"
        return
    literals = [kind for kind in kinds if get_origin(kind) is Literal]
    if isinstance(value, str) and literals:
        kinds = tuple(literals)
    if isinstance(value, dict):
        if value.keys() == _DELETED:
            return
        kinds = tuple(_named_by(value, [kind for kind in kinds if kind not in (str, NoneType)]))
    found = [list(_faults(value, kind, path)) for kind in kinds if kind is not NoneType]
    yield from min(found, key=len, default=[f"{path}: {value!r} is of no kind that it may be"])


def _named_by(value: dict[str, Any], kinds: list[Any]) -> list[Any]:
    """Return the kind that the object names among several."""
    named = [kind for kind in kinds if getattr(kind, "OBJECT_NAME", None) == value.get("object")]
    return named or kinds


def _of_items(value: object, shape: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is no list"
        return
    for place, item in enumerate(value):
        yield from _faults(item, shape, f"{path}[{place}]")


def _of_object(value: object, cls: type[Any], of: tuple[Any, ...], path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    if cls is UntypedStripeObject:
        for name, entry in value.items():
            yield from _faults(entry, of[0], f"{path}.{name}")
        return
    fields = fields_of(cls)
    if of:  # the type of the list's items
        fields = {**fields, "data": list[of[0]], "object": Literal["list"]}
    for name in value.keys() - fields.keys():
        if (cls.__name__, name) not in _RECORDED:
            yield f"{path}.{name}: {_UNKNOWN}"
    for name, shape in fields.items():
        if name in value:
            yield from _faults(value[name], shape, f"{path}.{name}")
        elif NoneType not in get_args(shape):
            yield f"{path}.{name}{_MISSING}"


@cache
def fields_of(cls: type[Any]) -> dict[str, Any]:
    """Return the fields of an object and their types, as annotated in the SDK."""
    hints = get_type_hints(cls, localns=_imported_for_types(cls.__module__))
    own = hints.keys() - get_type_hints(stripe.StripeObject, localns=_imported_for_types("stripe._stripe_object"))
    return {
        name: hints[name]
        for name in sorted(own)
        if not name.startswith("_") and get_origin(hints[name]) is not ClassVar
    }


def expandable_of(cls: type[Any], inside: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the paths of an object's fields that the SDK annotates as expandable, and of its optional lists."""
    for name, shape in fields_of(cls).items():
        kinds = get_args(shape) or (shape,)
        objects = [one for one in (get_origin(kind) or kind for kind in kinds) if _is_object(one)]
        path = ".".join((*inside, name))
        if objects and (str in kinds or stripe.ListObject in objects):
            yield path
            continue
        for one in objects:
            if one.__qualname__.startswith(f"{cls.__qualname__}."):
                yield from expandable_of(one, (*inside, name))


def _is_object(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, stripe.StripeObject)


@cache
def _imported_for_types(module: str) -> dict[str, Any]:
    """Return the names that a module of the SDK imports only for type checkers, which do not exist at run time."""
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stripe"):
            source = importlib.import_module(node.module)
            for name in node.names:
                if hasattr(source, name.name):
                    found[name.asname or name.name] = getattr(source, name.name)
    return found
