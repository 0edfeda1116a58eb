"""A donation from outside: the intent over the API, the card over Stripe's, then what webhook and mail bring.

Stripe is whatever the environment's functions take for it: the sandbox itself on this machine, else Stripe.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from cli.connection.api import Api
from cli.donations.stripe_parameters import StripeParameters, StripeSecret, is_live
from cli.terminal.failure import Failure
from cli.terminal.output import print_note
from paysandbox.donations.donation import MERCHANT, DonationStatus, Receipt
from paysandbox.donations.routes import CREATE_DONATION_INTENT, LIST_MY_DONATIONS

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.terminal.steps import Steps

_POLL_S: Final = 0.2
_PAGE: Final = 100
_TIMEOUT_S: Final = 30
_VALID_YEARS: Final = 3
_SETTLED: Final = frozenset({Receipt.SENT, Receipt.REFUSED})


@dataclass(frozen=True)
class Started:
    """A donation that waits for its card. Who knows the client secret may pay it."""

    donation_id: str
    payment_intent: str
    client_secret: str = field(repr=False)
    api: Api


@dataclass(frozen=True)
class Walked:
    """How far a donation came. `unfinished` says what is missing and what to do; None where nothing is."""

    donation_id: str
    payment_intent: str
    status: str
    receipt: Mapping[str, Any] | None
    unfinished: str | None

    def facts(self) -> dict[str, Any]:
        """What scripts rely on; names are added to them, never changed."""
        receipt = None if self.receipt is None else dict(self.receipt)
        return {
            "donation_id": self.donation_id,
            "payment_intent": self.payment_intent,
            "status": self.status,
            "receipt": receipt,
        }


@dataclass(frozen=True)
class Walk:
    """Where donations are made, and the key and address by which its functions find Stripe."""

    target: Target
    stripe_key: str = field(repr=False)
    stripe_base: str

    @classmethod
    def of(cls, target: Target) -> Walk:
        """Raises Failure where donations cannot be paid by a test: no key, or one that moves money."""
        key = StripeParameters.of(target).get().get(StripeSecret.KEY)
        if key is None:
            raise Failure(
                f"{target.environment} has no key of Stripe's.",
                "Run `paysandbox up`."
                if target.is_local
                else f"Set it: paysandbox secrets set STRIPE_SECRET_KEY --env {target.environment}",
            )
        if is_live(key):
            raise Failure(
                f"{target.environment} has a live key of Stripe's: this would move money, or try to.",
                "Donate on the page that donors use; or test where the key begins with sk_test_.",
            )
        return cls(target, key, _stripe_base(target))

    def start(self, token: str, wish: Mapping[str, Any], idempotency_key: str) -> Started:
        """Ask for an intent as a signed-in donor."""
        api = Api(self.target.base_url, None, token=token, say=print_note)
        answer = api.post(CREATE_DONATION_INTENT, wish, idempotency_key=idempotency_key).body
        secret = answer["client_secret"]
        return Started(answer["donation_id"], secret.partition("_secret_")[0], secret, api)

    def pay(self, started: Started, card: str) -> str:
        """Confirm the intent with a test card; how that went, in a few words. A decline is an answer."""
        import stripe

        try:
            intent = self._confirmed(started, card)
        except stripe.CardError as declined:
            return f"declined: {declined.code}"
        except stripe.AuthenticationError:
            raise Failure(
                f"Stripe does not take the key of {self.target.environment}.",
                f"Set it: paysandbox secrets set STRIPE_SECRET_KEY --env {self.target.environment}",
            ) from None
        except stripe.StripeError as error:
            raise Failure(
                f"Stripe did not take the payment: {error.user_message or error}",
                f"Donation {started.donation_id} stays pending.",
            ) from None
        if intent.status not in {"succeeded", "processing"}:
            raise Failure(
                f"The payment is {intent.status}: somebody would have to go on with it in a browser.",
                f"Donation {started.donation_id} stays pending. Use a card that asks for nothing: pm_card_visa.",
            )
        return intent.status

    def watch(self, started: Started, timeout_s: int, steps: Steps) -> Walked:
        """Wait for Stripe's event and for the receipt, together for at most so long."""
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

        with _session(self.target) as session:
            client: Any = stripe.StripeClient(
                self.stripe_key,
                base_addresses={"api": self.stripe_base},
                max_network_retries=2,
                http_client=stripe.RequestsClient(timeout=_TIMEOUT_S, session=session),
            ).v1
            # Where an account takes methods that lead through a page, Stripe wants to know where that ends.
            confirmation = _method(card) | {"return_url": "https://donate-now.example/thanks"}
            try:
                return client.payment_intents.confirm(started.payment_intent, confirmation)
            except stripe.InvalidRequestError as error:
                if error.code != "payment_intent_unexpected_state":
                    raise
                # The donation of an idempotency key that was used before: it is paid already.
                return client.payment_intents.retrieve(started.payment_intent)

    def _receipt(self, shown: Mapping[str, Any]) -> dict[str, Any] | None:
        """How far the receipt is; on this machine with the mail, which nobody else gets."""
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
                f"see paysandbox webhooks deliveries list --merchant {MERCHANT}"
                if self.target.is_local
                else f"does Stripe have the endpoint of this environment, {self.target.base_url}/webhooks/stripe?"
            )
            return f"Stripe's event has not come in time: {hint}"
        if shown["status"] == DonationStatus.FAILED:
            return "The payment failed, so there is no receipt."
        if shown["receipt"] not in _SETTLED:
            return f"The receipt is not sent yet: paysandbox logs --failed --env {environment}"
        if shown["receipt"] == Receipt.REFUSED:
            return f"The mail was refused: paysandbox donations receipts --env {environment}"
        return None


def mailbox(target: Target) -> list[dict[str, Any]]:
    """The mails that were sent on this machine, the oldest first. None of them has left it."""
    answer = target.ask_engine("GET", "/_ministack/ses/messages")
    return [mail for mails in answer.json()["messages"].values() for mail in mails]


def _seen(started: Started, until: float, settled: Any) -> Mapping[str, Any]:
    """The donation as its donor sees it, once it is settled or there is no time left."""
    while True:
        page = started.api.get(LIST_MY_DONATIONS, query={"limit": _PAGE}).body["data"]
        shown = next((one for one in page if one["donation_id"] == started.donation_id), None)
        if shown is None:
            raise Failure(
                f"Donation {started.donation_id} is not among the newest {_PAGE} of its donor.",
                "Use another donor: paysandbox donors create",
            )
        if settled(shown) or time.monotonic() > until:
            return shown
        time.sleep(_POLL_S)


def _method(card: str) -> dict[str, Any]:
    if not card.isdigit():
        return {"payment_method": card}
    number = {"number": card, "exp_month": 12, "exp_year": datetime.now(UTC).year + _VALID_YEARS, "cvc": "123"}
    return {"payment_method_data": {"type": "card", "card": number}}


def _session(target: Target) -> Any:
    import requests

    session = requests.Session()
    session.trust_env = not target.is_local  # a proxy of the caller's is not asked for this machine's own port
    return session


def _stripe_base(target: Target) -> str:
    """Where the functions find Stripe's API: they were told, and so is whoever asks for their settings."""
    from paysandbox.aws.settings import StripeAccountSettings

    name = f"paysandbox-{target.environment}-{CREATE_DONATION_INTENT.name}"
    found = target.client("lambda").get_function_configuration(FunctionName=name)
    return StripeAccountSettings.from_env(found["Environment"]["Variables"]).stripe_api_base
