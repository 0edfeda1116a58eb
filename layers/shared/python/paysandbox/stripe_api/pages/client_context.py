# pyright: standard
"""What a page declared to `stripe.elements({mode})` before its intent existed, compared with the intent.

Stripe.js sends it as `client_context` with a confirmation, or with the confirmation token by which a server confirms
(names: `ConfirmationTokenClientContextParams` of stripe-android). A payment that differs is refused before the bank is
asked, without an event (gumroad#6437). Compared are

* `currency` (gumroad#6437),
* in the mode `payment`, the top-level `setup_future_usage`, null included (odoo#138987). In the mode `subscription` it
  is not, since the intent of a subscription has one that no page declares: that is ours;
* `mode`, with the kind of intent. The sentence is ours.

`capture_method` and `payment_method_types` are taken and not compared: no sentence about them is public. What an intent
is confirmed with that waits for its cardholder, or has ended, is not compared either: a page that takes a payment for
failed pays twice (stripe-ios#2640).
"""

from typing import Any, Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.objects.intent_state import UNCONFIRMED, intent_status, terms_of
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.payment_methods.bank import with_token
from paysandbox.stripe_api.requests import ClientContext

CLIENT_CONTEXT: Final = "client_context"
_TOKEN: Final = "confirmation_token"  # noqa: S105 - the name of a parameter
_USAGE: Final = "setup_future_usage"


@record(kw_only=True)
class Declared:
    """What a page declared, None if it is nothing, and what its confirmation says about later payments.

    `stated` is the request's own `setup_future_usage`, None if it has none, and `carried` that of the page: of the
    confirmation that it sends itself, or of its token. `param` is the parameter that has the context.
    """

    context: ClientContext | None
    stated: str | None
    carried: str | None
    param: str

    def check_payment(self, payment: Payment) -> None:
        """Refuse (parameter_invalid) a payment intent that differs, unless an attempt is under way or was approved."""
        state = state_of(payment)
        if intent_status(payment, state) in UNCONFIRMED:
            self.check_new_payment(payment.currency, terms_of(payment, state).setup_future_usage)

    def check_new_payment(self, currency: str, usage: str | None = None) -> None:
        """Refuse (parameter_invalid) a payment intent in another currency or mode, or with another use later on.

        `usage` is the intent's `setup_future_usage` before the confirmation. Of an intent without one, the page's
        confirmation may set what it declared.
        """
        context = self.context
        if context is None:
            return
        if context.mode == "setup":
            raise self._of_mode(context, "PaymentIntent")
        if context.currency and context.currency != currency:
            provided, expected = currency.lower(), context.currency.lower()
            detail = f"The provided currency ({provided}) does not match the expected currency ({expected})."
            raise self._refused(detail, "currency")
        provided, expected = usage if self.stated is None else self.stated or None, context.setup_future_usage
        is_set_by_page = provided is None and self.carried == expected
        if context.mode == "payment" and provided != expected and not is_set_by_page:
            raise self._refused(
                f"The provided {_USAGE} ({provided or 'null'}) does not match the expected {_USAGE} "
                f"({expected or 'null'}). Try confirming with a Payment Intent that is configured to use the same "
                "parameters as the Stripe Elements.",
                _USAGE,
            )

    def check_setup(self) -> None:
        """Refuse (parameter_invalid) to confirm a setup intent for a page that declared a payment."""
        if self.context is not None and self.context.mode == "payment":
            raise self._of_mode(self.context, "SetupIntent")

    def _of_mode(self, context: ClientContext, intent: str) -> Refused:
        detail = f"The page declared the mode {context.mode}, and confirms a {intent}. Declare the mode of its intent."
        return self._refused(detail, "mode")

    def _refused(self, detail: str, name: str) -> Refused:
        param = f"{CLIENT_CONTEXT}[{name}]" if self.param == CLIENT_CONTEXT else self.param
        return Refused(Code.PARAMETER_INVALID, detail, param)


def with_declared(call: AnyStripeCall) -> tuple[AnyStripeCall, Any, StoredObject | None, Declared]:
    """Return a call and its body with what its confirmation token has, the token, and what the page declared.

    One read, none without a token. Raises Refused(resource_not_found).
    """
    named, token = with_token(call)
    return named, named.body, token, declared_with(call.body, token)


def declared_with(body: Any, token: StoredObject | None) -> Declared:
    """Return what the page declared that sends this body, or whose token it names.

    `body` is as it was sent, without what its token adds.
    """
    usage: str | None = getattr(body, _USAGE, None)
    if token is None:
        return Declared(context=getattr(body, CLIENT_CONTEXT, None), stated=None, carried=usage, param=CLIENT_CONTEXT)
    sent = token.attributes.get(CLIENT_CONTEXT)
    context = ClientContext.model_validate(sent) if sent else None
    return Declared(context=context, stated=usage, carried=token.attributes.get(_USAGE), param=_TOKEN)
