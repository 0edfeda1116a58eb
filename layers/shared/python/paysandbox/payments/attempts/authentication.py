"""3-D Secure: begin a challenge, and what becomes of the attempt that waits for it. Pure.

A challenge is an attempt of its own, before the bank is asked (`ChallengeRequested`). Results are the letters of
EMVCo's "3-D Secure Protocol and Core Functions Specification", field transStatus:

    Y  authenticated                  I  information only            the authorization is sent
    A  authentication attempted       U  unavailable                 (U: unless the merchant declines then)
    N  not authenticated              R  rejected by the issuer      no authorization is sent
    C  a challenge is required        D  decoupled: elsewhere        the attempt goes on waiting

A challenge that nobody answers within an hour is abandoned: no authorization is sent. Nothing but the payment's state
decides: an answer that comes before the sweep is in time.
"""

from datetime import datetime, timedelta
from typing import Final

from paysandbox.core import ids
from paysandbox.core.guard import Guard
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import replace
from paysandbox.payments.attempts.rules import answer_attempt
from paysandbox.payments.bank.acquirer import AwaitsCardholder
from paysandbox.payments.bank.authentication_result import NOT_FINAL, AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.change import VERSION, Change
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.payment import Payment, Status, Timer, state_of
from paysandbox.payments.rules.authorization import Order, new_payment
from paysandbox.payments.simulated_action import Action, Arguments, Kind, NotPossible, Parameter, Stamp

CHALLENGE_LIFETIME: Final = timedelta(hours=1)

AUTHENTICATE: Final = "authenticate"
EXPIRE: Final = "expire"

_PROCEED: Final = (
    AuthenticationResult.AUTHENTICATED,
    AuthenticationResult.ATTEMPTED,
    AuthenticationResult.INFORMATIONAL,
)
_LETTERS: Final = tuple(result for result in AuthenticationResult if result is not AuthenticationResult.ABANDONED)


def begin(
    order: Order,
    answer: AwaitsCardholder,
    payment_id: str,
    fingerprint: Fingerprint,
    *,
    base_url: str,
    return_url: str | None = None,
    proceeds_if_unavailable: bool = True,
) -> Payment:
    """Build the payment whose cardholder must be authenticated before the bank is asked.

    If the bank was asked and declined for the lack of it (a soft decline: Visa's response code 1A, Mastercard's 65),
    that attempt is recorded first, and the challenge is the second attempt.
    """
    declined: tuple[Authorization, ...] = ()
    if answer.soft_decline is not None:
        first = Authorization(
            id=payment_id,
            request_id=order.request_id,
            at=order.at,
            contract=order.contract,
            card=order.card,
            response=answer.soft_decline,
        )
        declined = (first,)
    challenge = request_challenge(
        ids.first_id(ids.ATTEMPT, payment_id) if declined else payment_id,
        card=order.card,
        answer=answer,
        amount=order.amount,
        request_id=order.request_id,
        at=order.at,
        contract=order.contract,
        base_url=base_url,
        return_url=return_url,
        proceeds_if_unavailable=proceeds_if_unavailable,
    )
    payment = new_payment(order, (*declined, challenge), fingerprint, authorized=order.amount)
    return replace(payment, open_until=challenge.timers[-1].at)


def request_challenge(
    challenge_id: str,
    *,
    card: Card,
    answer: AwaitsCardholder,
    amount: int,
    request_id: str,
    at: datetime,
    contract: int,
    base_url: str,
    return_url: str | None,
    proceeds_if_unavailable: bool = True,
) -> ChallengeRequested:
    """Build the operation that begins a challenge. `answer` is what the bank will answer afterwards."""
    return ChallengeRequested(
        id=challenge_id,
        request_id=request_id,
        at=at,
        contract=contract,
        timers=(Timer(step=EXPIRE, at=at + CHALLENGE_LIFETIME),),
        card=card,
        response=answer.response,
        amount=amount,
        approved=answer.amount,
        base_url=base_url,
        return_url=return_url,
        proceeds_if_unavailable=proceeds_if_unavailable,
    )


def challenge_of(payment: Payment, challenge_id: str) -> ChallengeRequested | None:
    """Return a challenge of a payment, open or ended, or None if the payment does not have it."""
    challenges = (challenge for challenge in payment.operations if isinstance(challenge, ChallengeRequested))
    return next((challenge for challenge in challenges if challenge.id == challenge_id), None)


def open_challenge(payment: Payment) -> ChallengeRequested | None:
    """Return the challenge that a payment waits for, or None."""
    attempt = state_of(payment).attempt
    return attempt if isinstance(attempt, ChallengeRequested) else None


def results_of(payment: Payment, challenge_id: str) -> tuple[AuthenticationResult, ...]:
    """Return the results of a challenge so far, in order."""
    authentications = (
        authentication for authentication in payment.operations if isinstance(authentication, Authentication)
    )
    return tuple(
        authentication.result for authentication in authentications if authentication.challenge_id == challenge_id
    )


def authenticate(payment: Payment, challenge_id: str, result: AuthenticationResult, stamp: Stamp) -> Change:
    """Record the result of a challenge, and in the same write what follows: the authorization and its capture.

    An intent that is confirmed manually returns to its merchant instead, who has to confirm it again (Stripe,
    "Confirm a PaymentIntent").

    Raises NotPossible if the payment does not wait for this challenge, or if the challenge has this result already (`C`
    and `D` leave it open, each once).
    """
    challenge = open_challenge(payment)
    if challenge is None or challenge.id != challenge_id:
        raise NotPossible(payment.id, "This 3-D Secure challenge has ended.")
    proceeds = result in _PROCEED or (result is AuthenticationResult.UNAVAILABLE and challenge.proceeds_if_unavailable)
    authentication = Authentication(
        id=stamp.operation_id(ids.AUTHENTICATION, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        challenge_id=challenge.id,
        result=result,
        failed=not proceeds and result not in NOT_FINAL,
    )
    terms = state_of(payment).terms
    if proceeds and not (terms and terms.is_confirmed_manually):
        return answer_attempt(payment, challenge, stamp, first=authentication, authentication=result)
    if result in results_of(payment, challenge.id):
        raise NotPossible(payment.id, f"The challenge has the result {result} already.")
    return Change(
        payment_id=payment.id,
        merchant=payment.merchant,
        operation=authentication,
        guards=(Guard(VERSION, "=", payment.version, None),),
        assign={},
    )


def _authenticate(payment: Payment, object_id: str, arguments: Arguments, stamp: Stamp) -> Change:
    result = AuthenticationResult(str(arguments["result"]))
    return authenticate(payment, _challenge_named(payment, object_id), result, stamp)


def abandon(payment: Payment, object_id: str, _: Arguments, stamp: Stamp) -> Change:
    """Record that the cardholder did not answer the challenge in time. `bank_steps` has the row: holds expire too.

    A timer names the challenge that started it: it must not end a later one of the same intent.
    """
    return authenticate(payment, _challenge_named(payment, object_id), AuthenticationResult.ABANDONED, stamp)


def _challenge_named(payment: Payment, object_id: str) -> str:
    """Return the ID of the challenge that an object's ID means: of a payment, the open one, if there is one."""
    challenge = open_challenge(payment) if object_id == payment.id else None
    return challenge.id if challenge else object_id


ACTIONS: Final = (
    Action(
        kind=Kind.PAYMENT,
        name=AUTHENTICATE,
        description="The cardholder answers the 3-D Secure challenge.",
        statuses=(Status.REQUIRES_ACTION,),
        decide=_authenticate,
        parameters=(
            Parameter(
                name="result",
                description=(
                    "Result by its letter in EMV 3-D Secure: Y authenticated, A attempted, N failed, U unavailable, "
                    "R rejected, C challenge required, D decoupled, I information only."
                ),
                required=True,
                choices=tuple(str(result) for result in _LETTERS),
            ),
        ),
    ),
)
