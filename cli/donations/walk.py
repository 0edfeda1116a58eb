"""A donation end to end: the intent over the API, the card over Stripe's, then the webhook and the receipt.

"Stripe" is whatever the environment's functions are configured to call: locally the sandbox itself, otherwise Stripe.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from cli.connection.api import Api
from cli.connection.stripe_client import stripe_client
from cli.donations.stripe_parameters import StripeParameters, StripeSecret, is_live
from cli.terminal.failure import Failure
from cli.terminal.output import print_note
from paysandbox.clock.rules import CARD_YEARS
from paysandbox.donations.donation import MERCHANT, DonationStatus, Receipt
from paysandbox.donations.routes import CREATE_DONATION_INTENT, LIST_MY_DONATIONS

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.terminal.steps import Steps

_POLL_S: Final = 0.2
_PAGE: Final = 100
_SETTLED: Final = frozenset({Receipt.SENT, Receipt.REFUSED})


@dataclass(frozen=True)
class Started:
    """A donation whose intent awaits payment. Anyone with the client secret may pay it."""

    donation_id: str
    payment_intent: str
    client_secret: str = field(repr=False)
    api: Api


@dataclass(frozen=True)
class Walked:
    """The state that a donation reached. `unfinished` says what is missing and what to do, or is None."""

    donation_id: str
    payment_intent: str
    status: str
    receipt: Mapping[str, Any] | None
    unfinished: str | None

    def facts(self) -> dict[str, Any]:
        """The JSON output. Members may be added, never renamed."""
        receipt = None if self.receipt is None else dict(self.receipt)
        return {
            "donation_id": self.donation_id,
            "payment_intent": self.payment_intent,
            "status": self.status,
            "receipt": receipt,
        }


@dataclass(frozen=True)
class Walk:
    """The environment, and the API key and address that its functions use for Stripe."""

    target: Target
    stripe_key: str = field(repr=False)
    stripe_base: str

    @classmethod
    def of(cls, target: Target) -> Walk:
        """Raises Failure where the environment has no Stripe key, or a live one."""
        key = StripeParameters.of(target).get().get(StripeSecret.KEY)
        if key is None:
            raise Failure(
                f"{target.environment} has no Stripe API key.",
                "Run: paysandbox up"
                if target.is_local
                else f"Set it: paysandbox donations secrets set STRIPE_SECRET_KEY --env {target.environment}",
            )
        if is_live(key):
            raise Failure(
                f"{target.environment} has a live Stripe key. This command never moves money.",
                "Use an environment whose key begins with sk_test_.",
            )
        return cls(target, key, _stripe_base(target))

    def start(self, token: str, body: Mapping[str, Any], idempotency_key: str) -> Started:
        """Create an intent as a signed-in donor."""
        api = Api(self.target.base_url, None, token=token, say=print_note)
        answer = api.post(CREATE_DONATION_INTENT, body, idempotency_key=idempotency_key).body
        secret = answer["client_secret"]
        return Started(answer["donation_id"], secret.partition("_secret_")[0], secret, api)

    def pay(self, started: Started, card: str) -> str:
        """Confirm the intent with a test card. Returns the result; a decline is a result too."""
        import stripe

        try:
            intent = self._confirmed(started, card)
        except stripe.CardError as declined:
            return f"declined: {declined.code}"
        except stripe.AuthenticationError:
            raise Failure(
                f"Stripe rejected the API key of {self.target.environment}.",
                f"Set it: paysandbox donations secrets set STRIPE_SECRET_KEY --env {self.target.environment}",
            ) from None
        except stripe.StripeError as error:
            raise Failure(
                f"Stripe rejected the payment: {error.user_message or error}",
                f"Donation {started.donation_id} stays pending.",
            ) from None
        if intent.status not in {"succeeded", "processing"}:
            raise Failure(
                f"The payment is {intent.status}: the cardholder would have to authenticate in a browser.",
                f"Donation {started.donation_id} stays pending. Use a card without authentication: pm_card_visa.",
            )
        return intent.status

    def watch(self, started: Started, timeout_s: int, steps: Steps) -> Walked:
        """Wait for Stripe's event and then the receipt, for `timeout_s` in total."""
        until = time.monotonic() + timeout_s
        with steps.step("webhook") as step:
            seen = _seen(started, until, lambda shown: shown["status"] != DonationStatus.PENDING)
            step.result(seen["status"])
        if seen["status"] == DonationStatus.SUCCEEDED:
            with steps.step("receipt") as step:
                seen = _seen(started, until, lambda shown: shown["receipt"] in _SETTLED)
                step.result(seen["receipt"])
        else:
            steps.leave_out("receipt")
        return Walked(
            started.donation_id, started.payment_intent, seen["status"], self._receipt(seen), self._missing(seen)
        )

    def _confirmed(self, started: Started, card: str) -> Any:
        import stripe

        # Stripe requires a return URL where the account accepts payment methods that redirect.
        confirmation = _method(card) | {"return_url": "https://donate-now.example/thanks"}
        with stripe_client(self.stripe_base, self.stripe_key) as client:
            try:
                return client.payment_intents.confirm(started.payment_intent, confirmation)
            except stripe.InvalidRequestError as error:
                if error.code != "payment_intent_unexpected_state":
                    raise
                # A repeated idempotency key returns an earlier donation, which is paid already.
                return client.payment_intents.retrieve(started.payment_intent)

    def _receipt(self, shown: Mapping[str, Any]) -> dict[str, Any] | None:
        """The receipt's state; locally with the captured email."""
        if shown["receipt"] == Receipt.NONE:
            return None
        return {"state": shown["receipt"], **self._mail(shown["donation_id"])}

    def _mail(self, donation_id: str) -> dict[str, Any]:
        mails = mailbox(self.target) if self.target.is_local else []
        return next(
            (
                {"to": mail["To"][0], "from": mail["Source"], "subject": mail["Subject"], "text": mail["BodyText"]}
                for mail in reversed(mails)
                if donation_id in mail["BodyText"]
            ),
            {},
        )

    def _missing(self, shown: Mapping[str, Any]) -> str | None:
        environment = self.target.environment
        if shown["status"] == DonationStatus.PENDING:
            hint = (
                f"see paysandbox deliveries list --merchant {MERCHANT}"
                if self.target.is_local
                else f"check that the Stripe account has the endpoint {self.target.base_url}/webhooks/stripe."
            )
            return f"Stripe's event did not arrive in time: {hint}"
        if shown["status"] == DonationStatus.FAILED:
            return "The payment failed, so there is no receipt."
        if shown["receipt"] not in _SETTLED:
            return f"The receipt was not sent in time: see paysandbox logs --failed --env {environment}"
        if shown["receipt"] == Receipt.REFUSED:
            return f"The receipt was rejected: see paysandbox donations receipts --env {environment}"
        return None


def mailbox(target: Target) -> list[dict[str, Any]]:
    """The emails captured by the local sandbox, oldest first. None leaves this machine."""
    answer = target.ask_engine("GET", "/_ministack/ses/messages")
    return [mail for mails in answer.json()["messages"].values() for mail in mails]


def _seen(started: Started, until: float, settled: Any) -> Mapping[str, Any]:
    """The donation as its donor sees it, once `settled` holds or the time is up."""
    while True:
        page = started.api.get(LIST_MY_DONATIONS, query={"limit": _PAGE}).body["data"]
        shown = next((donation for donation in page if donation["donation_id"] == started.donation_id), None)
        if shown is None:
            raise Failure(
                f"Donation {started.donation_id} is not among its donor's {_PAGE} newest.",
                "Use another donor: paysandbox donations sign-up",
            )
        if settled(shown) or time.monotonic() > until:
            return shown
        time.sleep(_POLL_S)


def _method(card: str) -> dict[str, Any]:
    if not card.isdigit():
        return {"payment_method": card}
    number = {"number": card, "exp_month": 12, "exp_year": datetime.now(UTC).year + CARD_YEARS, "cvc": "123"}
    return {"payment_method_data": {"type": "card", "card": number}}


def _stripe_base(target: Target) -> str:
    """The address that the functions use for Stripe's API, from their configuration."""
    from paysandbox.aws.settings import StripeAccountSettings

    name = f"paysandbox-{target.environment}-{CREATE_DONATION_INTENT.name}"
    found = target.client("lambda").get_function_configuration(FunctionName=name)
    return StripeAccountSettings.from_env(found["Environment"]["Variables"]).stripe_api_base
