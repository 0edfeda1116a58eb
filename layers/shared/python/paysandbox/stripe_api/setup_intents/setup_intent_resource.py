# pyright: standard
"""Setup intents: to save a card for later payments, without one now.

Source: Stripe, "Setup Intents" (API reference), and the types of its SDKs. Cards have no mandate. Types of payment
methods other than cards are not simulated, and `on_behalf_of` is always null.
"""

from datetime import datetime
from typing import Any, Final

from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core.errors import Code
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.stripe_api.objects.decline import setup_authentication_error
from paysandbox.stripe_api.objects.method_types import CARD
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import (
    CancelSetupIntent,
    CreateSetupIntent,
    CustomerId,
    MethodId,
    UpdateSetupIntent,
)
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field
from paysandbox.stripe_api.setup_intents.rules import events_of, lapsed, status_of

_METHOD_OPTIONS: Final = "payment_method_options"


def setup_method_types(attributes: Attributes) -> list[str]:
    """Return the types of payment methods that a setup intent takes."""
    listed = attributes.get("payment_method_types") or attributes.get("allowed_payment_method_types") or [CARD]
    excluded = attributes.get("excluded_payment_method_types") or ()
    return [kind for kind in listed if kind not in excluded]


def _derived(setup: StoredObject) -> Attributes:
    """Return what follows, and what is not simulated."""
    attributes, types = setup.attributes, setup_method_types(setup.attributes)
    automatic = attributes.get("automatic_payment_methods")
    sent = attributes.get(_METHOD_OPTIONS, {}).get(CARD, {}).get("request_three_d_secure")
    card = {"mandate_options": None, "network": None, "request_three_d_secure": sent or "automatic"}
    never = ("application", "customer_account", "managed_payments", "mandate", "on_behalf_of")
    return {
        **dict.fromkeys((*never, "payment_method_configuration_details", "single_use_mandate")),
        "automatic_payment_methods": automatic and {**automatic, "allow_redirects": _redirects(automatic)},
        _METHOD_OPTIONS: {CARD: card} if CARD in types else {},
        "payment_method_types": types,
        "status": str(status_of(attributes)),
    }


def _at_time(setup: StoredObject, now: datetime) -> StoredObject:
    return lapsed(setup, now, setup_authentication_error())


def _redirects(automatic: dict[str, Any]) -> str:
    return automatic.get("allow_redirects") or "always"


def _field(name: str, default: Any = None, *, merges: bool = False) -> Field:
    """Return a field of the object. What it takes is in the shapes of its routes (`requests.CreateSetupIntent`)."""
    return Field(name=name, type=Any, default=default, create=False, update=False, merges=merges)


_ACTIONS: Final = f"{__package__}.setup_intent_actions"

SETUP_INTENT: Final = kit.Resource(
    object="setup_intent",
    prefix="seti",
    path="/setup_intents",
    # In errors, Stripe writes it as one word (stripe-android's tests of its repository).
    noun="setupintent",
    fields=(
        _field("allowed_payment_method_types"),
        _field("automatic_payment_methods"),
        _field("cancellation_reason"),
        _field("client_secret"),
        Field(name="customer", type=CustomerId, filters=True, names="customer"),
        _field("description"),
        _field("excluded_payment_method_types"),
        _field("flow_directions"),
        _field("last_setup_error"),
        Field(name="latest_attempt", type=Any, create=False, update=False, names="setup_attempt"),
        kit.METADATA,
        _field("next_action"),
        Field(name="payment_method", type=MethodId, filters=True, names="payment_method"),
        _field(_METHOD_OPTIONS, merges=True),
        _field("payment_method_types"),
        _field("status"),
        _field("usage", "off_session"),
    ),
    shown=kit.Shown(derived=_derived),
    rules=kit.Rules(time=kit.Time(changes=_at_time)),
    routes=kit.Routes(
        id_param="intent",
        operations=("list",),
        actions=(
            kit.Action(
                name="create",
                module=_ACTIONS,
                path="/setup_intents",
                summary="Create a setup intent, optionally confirming it",
                body=CreateSetupIntent,
                headers=(OUTCOME_HEADER,),
                grants=kit.SAVE_CARD,
                needs=(AcceptanceSettings,),
                refusals=(*kit.CARD_CODES, *kit.BANK_CODES),
            ),
            kit.Action(
                name="update",
                module=_ACTIONS,
                path="/setup_intents/{id}",
                summary="Update a setup intent",
                body=UpdateSetupIntent,
                grants=kit.SAVE_CARD,
                needs=(AcceptanceSettings,),
                refusals=(*kit.CARD_CODES, Code.INTENT_STATE_UNEXPECTED, Code.TOO_MANY_CHANGES),
            ),
            kit.Action(
                name="cancel",
                module=_ACTIONS,
                path="/setup_intents/{id}/cancel",
                summary="Cancel a setup intent",
                body=CancelSetupIntent,
                refusals=(Code.RESOURCE_NOT_FOUND, Code.INTENT_STATE_UNEXPECTED, Code.TOO_MANY_CHANGES),
            ),
        ),
    ),
    events=kit.Events(ends=("created", "requires_action", "setup_failed", "succeeded", "canceled"), of=events_of),
)
