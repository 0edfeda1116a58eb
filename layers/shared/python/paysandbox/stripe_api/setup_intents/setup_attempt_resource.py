"""Setup attempts: each confirmation of a setup intent. They are stored in it.

Source: Stripe, "SetupAttempts" (API reference), and `SetupAttempts.d.ts` of stripe-node 23.1.0.
"""

from typing import Any, Final

from paysandbox.stripe_api.ids import SETUP_ATTEMPT as PREFIX, intent_of_setup_attempt
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field
from paysandbox.stripe_api.setup_intents.setup_attempt import attempt_fields, attempts_of
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT


def _field(name: str, **parts: Any) -> Field:
    return Field(name=name, type=Any, create=False, update=False, **parts)


SETUP_ATTEMPT: Final = kit.Resource(
    object="setup_attempt",
    prefix=PREFIX,
    path="/setup_attempts",
    noun="setup_attempt",
    fields=(
        _field("customer", names="customer"),
        _field("flow_directions"),
        _field("payment_method", names="payment_method"),
        _field("setup_intent", names=SETUP_INTENT.object),
        _field("usage", default="off_session"),
    ),
    shown=kit.Shown(derived=attempt_fields),
    rules=kit.Rules(holder=kit.Holder(SETUP_INTENT.object, intent_of_setup_attempt, attempts_of)),
    routes=kit.Routes(operations=()),
)
