"""The cardholder's side of a 3-D Secure challenge: find it by its page's address, and record the answer."""

from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.payments.attempts.authentication import authenticate, challenge_of
from paysandbox.payments.attempts.challenge_url import is_token_of
from paysandbox.payments.attempts.return_url import with_parameters
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.change import Change
from paysandbox.payments.client_secret import client_secret_of
from paysandbox.payments.ledger.store import change_payment, get_payment
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.payment import Payment
from paysandbox.payments.refusals import not_found
from paysandbox.payments.simulated_action import NotPossible, Stamp

_WORDS: Final = {"succeeded": AuthenticationResult.AUTHENTICATED, "failed": AuthenticationResult.FAILED}


def find_challenge(challenge_id: str, token: str) -> tuple[Payment, ChallengeRequested]:
    """Return the payment and the challenge that the address of a page is about.

    Raises Refused(resource_not_found) for a wrong token and for an unknown challenge alike.
    """
    payment_id = ids.payment_of(challenge_id)
    if payment_id is None or not is_token_of(challenge_id, token):
        raise not_found()
    payment = get_payment(ledger(), payment_id)
    challenge = challenge_of(payment, challenge_id) if payment else None
    if payment is None or challenge is None:
        raise not_found()
    return payment, challenge


def result_of(word: str) -> AuthenticationResult:
    """Return the result that a form or caller chose: `succeeded`, `failed` or a letter."""
    return _WORDS.get(word) or AuthenticationResult(word)


def answer_challenge(
    payment: Payment, challenge: ChallengeRequested, result: AuthenticationResult, stamp: Stamp
) -> Payment:
    """Record the cardholder's answer. If it was recorded before under the same stamp, return the payment as stored.

    `payment` is the payment as it was read. Raises Refused(simulation_not_allowed) if it does not wait for this result.
    """
    operation_id = stamp.operation_id(ids.AUTHENTICATION, payment.id)
    if any(operation.id == operation_id for operation in payment.operations):
        return payment

    def decide(current: Payment | None) -> Change:
        try:
            return authenticate(current or payment, challenge.id, result, stamp)
        except NotPossible as reason:
            from paysandbox.payments.simulation.simulation import refusal_of  # few answers come too late

            raise refusal_of(current or payment, reason) from None

    return change_payment(ledger(), decide, current=payment)


def return_address(payment: Payment, challenge: ChallengeRequested) -> str | None:
    """Return where the cardholder goes after an ended challenge, or None if the merchant gave no URL.

    An intent's merchant gets the parameters that Stripe adds ("Build a custom 3DS flow").
    """
    if challenge.return_url is None:
        return None
    authentications = [
        authentication for authentication in payment.operations if isinstance(authentication, Authentication)
    ]
    last = [authentication for authentication in authentications if authentication.challenge_id == challenge.id][-1:]
    result = "succeeded" if last and not last[0].failed else "failed"
    if payment.is_intent:
        secret = client_secret_of(payment.id)
        parameters = {
            "payment_intent": secret.partition("_secret_")[0],
            "payment_intent_client_secret": secret,
            "redirect_status": result,
        }
    else:
        parameters = {"auth_id": payment.id, "result": result}
    return with_parameters(challenge.return_url, parameters)
