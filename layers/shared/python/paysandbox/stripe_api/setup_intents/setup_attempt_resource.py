"""Setup attempts: each confirmation of a setup intent. They are stored in it.

Source: Stripe, "SetupAttempts" (API reference), and `SetupAttempts.d.ts` of stripe-node 23.1.0.
"""

from typing import Final

from paysandbox.core.errors import Code
from paysandbox.stripe_api.ids import SETUP_ATTEMPT as PREFIX, intent_of_setup_attempt
from paysandbox.stripe_api.requests import ListSetupAttempts
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.setup_intents.setup_attempt import attempt_fields, attempts_of
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT

SETUP_ATTEMPT: Final = kit.Resource(
    object="setup_attempt",
    prefix=PREFIX,
    path="/setup_attempts",
    noun="setup_attempt",
    fields=(
        kit.given("customer", names="customer"),
        kit.given("flow_directions"),
        kit.given("payment_method", names="payment_method"),
        kit.given("setup_intent", names=SETUP_INTENT.object),
        kit.given("usage", default="off_session"),
    ),
    shown=kit.Shown(derived=attempt_fields),
    rules=kit.Rules(holder=kit.Holder(SETUP_INTENT.object, intent_of_setup_attempt, attempts_of)),
    routes=kit.Routes(
        operations=(),
        actions=(
            kit.Action(
                name="list_attempts",
                route="list_setup_attempts",
                module=f"{__package__}.setup_attempt_actions",
                method="GET",
                path="/setup_attempts",
                summary="List the attempts of a setup intent",
                query=ListSetupAttempts,
                by=kit.READ_OBJECTS,
                grants=kit.READ_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
        ),
    ),
)
