# pyright: standard
"""The cardholder's side of a setup intent's challenge: find it by its page's address, record the answer, show it."""

from typing import Final

from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.merchant import is_merchant
from paysandbox.core.record import record
from paysandbox.http.answer import Body
from paysandbox.http.html import HTML
from paysandbox.http.native import Page
from paysandbox.http.request import AnyCall
from paysandbox.payments.attempts.challenge_page import STANDS_IN, page_headers, page_of
from paysandbox.payments.attempts.return_url import with_parameters
from paysandbox.payments.bank.authentication_result import NOT_FINAL, AuthenticationResult
from paysandbox.payments.refusals import not_found
from paysandbox.stripe_api.ids import intent_of_setup_attempt
from paysandbox.stripe_api.objects.decline import setup_attempt_error, setup_authentication_error
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.objects_table import get_object, put_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.setup_intents.rules import (
    CHALLENGE,
    SetupStatus,
    authenticated,
    changed_by_attempt,
    is_waiting_for,
    result_of_challenge,
    status_of,
)
from paysandbox.stripe_api.setup_intents.setup_card import stored_card
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT
from paysandbox.stripe_api.setup_intents.setup_secrets import CLIENT_SECRET, is_address_of

_TRIES: Final = 10
_FAILED: Final = (AuthenticationResult.FAILED, AuthenticationResult.REJECTED)


@record
class SetupChallenge:
    """A setup intent as of now, and the attempt of the challenge that the address of a page names."""

    stored: StoredObject
    attempt: str

    @property
    def is_open(self) -> bool:
        """Whether the setup intent waits for it."""
        return is_waiting_for(self.stored.attributes, self.attempt)

    @property
    def result(self) -> str | None:
        """Its result, or None if it is open or was not answered."""
        return result_of_challenge(self.stored.attributes, self.attempt)

    @property
    def status(self) -> str:
        """The status of the setup intent."""
        return str(status_of(self.stored.attributes))

    @property
    def card(self) -> Body:
        """The payment method that is set up, as it is shown."""
        return self.stored.attributes[CHALLENGE]["payment_method"]

    @property
    def return_url(self) -> str | None:
        """Where the merchant wants the cardholder to return to."""
        return self.stored.attributes[CHALLENGE]["return_url"]

    @property
    def return_address(self) -> str | None:
        """Where the cardholder goes after the end, with the parameters that Stripe adds, or None without a URL."""
        if self.return_url is None:
            return None
        parameters = {
            "setup_intent": self.stored.id,
            "setup_intent_client_secret": self.stored.attributes[CLIENT_SECRET],
            "redirect_status": "succeeded" if self.status == SetupStatus.SUCCEEDED else "failed",
        }
        return with_parameters(self.return_url, parameters)


def find_setup_challenge(call: AnyCall) -> SetupChallenge:
    """Return the challenge that the address of a page is about. One consistent read.

    Raises Refused(resource_not_found) for a wrong token and for an unknown challenge alike.
    """
    merchant, attempt = call.path.get("merchant", ""), call.path.get("challenge_id", "")
    name = intent_of_setup_attempt(attempt)
    if name is None or not is_merchant(merchant):
        raise not_found()
    stored = get_object(objects_table(), SETUP_INTENT.object, merchant, name)
    challenge = stored.attributes.get(CHALLENGE) if stored else None
    if stored is None or challenge is None or challenge["attempt"] != attempt:
        raise not_found()
    if not is_address_of(challenge["url"], call.path.get("token", "")):
        raise not_found()
    return SetupChallenge(SETUP_INTENT.rules.time.changes(stored, call.now), attempt)


def answer_setup_challenge(challenge: SetupChallenge, result: AuthenticationResult, call: AnyCall) -> SetupChallenge:
    """Record the cardholder's answer, and in the same write what follows: the card is set up, or it failed.

    The same answer again changes nothing. Raises Refused(simulation_not_allowed) if the challenge has ended otherwise,
    and for a result that ends none.
    """
    if result in NOT_FINAL:
        raise _not_allowed(f"The result {result} does not end the challenge of a setup intent.")
    for _ in range(_TRIES):
        current = challenge.stored
        if challenge.result == result:
            return challenge
        if not challenge.is_open:
            raise _not_allowed("This 3-D Secure challenge has ended.")
        cause = Cause(operation_id=f"{challenge.attempt}:{result}", request_id=call.request_id, at=call.now)
        written = _ended(current, challenge, result, cause)
        stored = put_objects(objects_table(), written)
        if stored is not None and stored is written[0]:
            return SetupChallenge(stored, challenge.attempt)
        challenge = find_setup_challenge(call)
    raise Contended


def _ended(current: StoredObject, challenge: SetupChallenge, result: AuthenticationResult, cause: Cause) -> Stored:
    """Return a setup intent after the result of its challenge, with its payment method and customer.

    If the payment method can no longer be saved, the setup fails: its customer was deleted, or it was attached to
    another one meanwhile.
    """
    if result in _FAILED:
        failure = setup_authentication_error() | {"payment_method": challenge.card}
        return (changed_by_attempt(current, authenticated(current.attributes, str(result), failure), cause),)
    attributes = authenticated(current.attributes, str(result), None)
    try:
        card = stored_card(current.merchant, challenge.card["id"], current.attributes.get("customer"))
        return (changed_by_attempt(current, attributes, cause), *card.with_setup(attributes, cause))
    except Refused as refused:
        failure = setup_attempt_error(refused.detail) | {"payment_method": challenge.card}
    return (changed_by_attempt(current, authenticated(current.attributes, str(result), failure), cause),)


def setup_challenge_page(
    challenge: SetupChallenge, call: AnyCall, *, status: int = 200, to: str | None = None, outcome: str = "shown"
) -> Page:
    """Return the page of a challenge: the forms while it is open, else what became of it. `to` is its `Location`."""
    title, text = _words(challenge)
    card = challenge.card["card"]
    facts = {
        "Merchant": challenge.stored.merchant,
        "Card": f"{card['brand']}, ending in {card['last4']}",
        "Setup": challenge.status.replace("_", " "),
    }
    back = None if challenge.is_open else challenge.return_address
    return Page(
        text=page_of(title, text, facts, is_open=challenge.is_open, back=back, prefix=call.request.prefix),
        content_type=HTML,
        status=status,
        headers=page_headers(challenge.return_url) | ({"Location": to} if to else {}),
        outcome=outcome,
    )


def _words(challenge: SetupChallenge) -> tuple[str, str]:
    """Return the title and the text of the page."""
    if challenge.is_open:
        return "Confirm your card", STANDS_IN
    if challenge.result is None:
        return "This has ended", "The merchant ended it before you confirmed your card."
    if challenge.result == AuthenticationResult.ABANDONED:
        return "Authentication failed", "You did not confirm your card within an hour. You can close this page."
    title = "Authentication failed" if challenge.result in _FAILED else "Authentication complete"
    return title, f"It ended with the result {challenge.result}. You can close this page."


def _not_allowed(detail: str) -> Refused:
    return Refused(Code.SIMULATION_NOT_ALLOWED, detail)
