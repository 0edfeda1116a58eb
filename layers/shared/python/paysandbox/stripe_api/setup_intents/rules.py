"""The life of a setup intent: what an attempt, a challenge's result, a cancellation and an update make of it. Pure.

    requires_payment_method ── a card ──► requires_confirmation ── confirm ──► succeeded
              ▲                                                       │
              ├──────────────── the bank declines ────────────────────┤
              └── the cardholder is not authenticated ── requires_action ◄┘   ── authenticated ──► succeeded

An open one can be canceled. Source: Stripe, "The Setup Intents API". The sentences are those that public programs have
recorded from Stripe's test mode (version 2026-08-26.dahlia).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.attempts.authentication import CHALLENGE_LIFETIME
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    changed,
    without_defaults,
)

CHALLENGE: Final = "challenge"
"""Beside the fields of a setup intent: the latest challenge of its cardholder, open or ended."""

ATTEMPTS: Final = "attempts"
"""Beside its fields: its latest attempts, the newest first. They are no part of its history: every change would repeat
them."""

ATTEMPTS_MAX: Final = 25
"""Of one setup intent that are kept, so that they and its history fit into its item."""

CHECKOUT_SESSION: Final = "checkout_session"
"""Beside its fields: the ID of the session whose page alone confirms it."""

SETUP_CHALLENGE_PATH: Final = "/authenticate/setup/{merchant}/{challenge_id}/{token}"
"""The page of a setup intent's 3-D Secure challenge. The token proves that the caller was given its address."""

_ERROR: Final = "last_setup_error"
_AT_THE_TIME: Final = ("customer", "flow_directions", "usage")


class SetupStatus(StrEnum):
    """The status of a setup intent, by Stripe's names. None is ever `processing`: the bank answers at once."""

    NEEDS_METHOD = "requires_payment_method"
    NEEDS_CONFIRMATION = "requires_confirmation"
    NEEDS_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


UNCONFIRMED: Final = (SetupStatus.NEEDS_METHOD, SetupStatus.NEEDS_CONFIRMATION)
OPEN: Final = (*UNCONFIRMED, SetupStatus.NEEDS_ACTION)


@record(kw_only=True)
class Challenge:
    """A challenge that the cardholder has to answer, on the page at `url`, which leads to `return_url`.

    `payment_method` is what is set up, as it is shown.
    """

    url: str
    return_url: str | None
    payment_method: Mapping[str, Any]


@record(kw_only=True)
class SetupAttempt:
    """An attempt (`setatt_…`) to set up a payment method, and how the bank answered.

    `error` is that of a decline. With a `challenge`, it is what the bank answers to an authenticated cardholder.
    `shown` is the payment method with the bank's checks. `frictionless`: the cardholder was authenticated without a
    challenge.
    """

    id: str
    payment_method: str
    at: datetime
    shown: Mapping[str, Any]
    error: Mapping[str, Any] | None = None
    challenge: Challenge | None = None
    frictionless: bool = False


def status_of(attributes: Attributes) -> SetupStatus:
    """Return the status of a setup intent."""
    return SetupStatus(attributes.get("status", SetupStatus.NEEDS_METHOD))


def with_method(attributes: Attributes, payment_method: str) -> Attributes:
    """Return an open setup intent that has a payment method to confirm. An open challenge ends, as does the error."""
    changes = {"payment_method": payment_method, "status": SetupStatus.NEEDS_CONFIRMATION}
    return _changed(attributes, **changes, **{_ERROR: None, "next_action": None})


def check_method_can_change(attributes: Attributes) -> None:
    """Refuse (intent_state_unexpected) another payment method of a setup intent that has ended."""
    if status_of(attributes) is SetupStatus.SUCCEEDED:
        raise _unexpected("You cannot update this SetupIntent because it has already succeeded.")
    if status_of(attributes) is SetupStatus.CANCELED:
        raise _unexpected("You cannot update this SetupIntent because it has been canceled.")


def check_is_not_of_checkout(attributes: Attributes) -> None:
    """Refuse (intent_state_unexpected) to change a setup intent that only the page of a Checkout session confirms."""
    if CHECKOUT_SESSION in attributes:
        raise _unexpected("You cannot perform this action on SetupIntents created by Checkout.")


def check_can_be_confirmed(attributes: Attributes, has_method: bool) -> None:
    """Refuse (intent_state_unexpected) to confirm without a payment method, or what has ended, in this order."""
    if not has_method:
        raise _unexpected(
            "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the "
            "SetupIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
            "method or ConfirmationToken."
        )
    if status_of(attributes) is SetupStatus.SUCCEEDED:
        raise _unexpected("You cannot confirm this SetupIntent because it has already succeeded.")
    if status_of(attributes) is SetupStatus.CANCELED:
        raise _unexpected("You cannot confirm this SetupIntent because it has been canceled.")


def attempted(attributes: Attributes, attempt: SetupAttempt) -> Attributes:
    """Return a setup intent after an attempt: succeeded, declined, or waiting for its cardholder."""
    tried = _changed(
        attributes,
        latest_attempt=attempt.id,
        payment_method=attempt.payment_method,
        **{_ERROR: None, CHALLENGE: None, ATTEMPTS: _with_attempt(attributes, attempt)},
    )
    if attempt.challenge is None:
        return _answered(tried, attempt.error)
    page = {"return_url": attempt.challenge.return_url, "url": attempt.challenge.url}
    shown = dict(attempt.challenge.payment_method)
    return _changed(
        tried,
        status=SetupStatus.NEEDS_ACTION,
        next_action={"redirect_to_url": page, "type": "redirect_to_url"},
        **{CHALLENGE: {**page, "attempt": attempt.id, "error": attempt.error, "payment_method": shown}},
    )


def is_waiting_for(attributes: Attributes, attempt_id: str) -> bool:
    """Whether a setup intent waits for the challenge of this attempt."""
    challenge: Attributes = attributes.get(CHALLENGE) or {}
    return status_of(attributes) is SetupStatus.NEEDS_ACTION and challenge.get("attempt") == attempt_id


def result_of_challenge(attributes: Attributes, attempt_id: str) -> str | None:
    """Return the result of the challenge of this attempt, or None if it is open or was not answered."""
    challenge: Attributes = attributes.get(CHALLENGE) or {}
    return challenge.get("result") if challenge.get("attempt") == attempt_id else None


def authenticated(attributes: Attributes, result: str, failure: Mapping[str, Any] | None) -> Attributes:
    """Return a setup intent after the result of its challenge, and what the bank answers then.

    `failure` is the error if the cardholder was not authenticated.
    """
    challenge = attributes[CHALLENGE]
    error = failure or challenge["error"]
    attempts = [
        without_defaults({**each, "result": result, "error": _without_method(error)})
        if each["id"] == challenge["attempt"]
        else each
        for each in attributes.get(ATTEMPTS, ())
    ]
    ended = _changed(attributes, **{CHALLENGE: {**challenge, "result": result}, ATTEMPTS: attempts or None})
    return _answered(ended, error)


def lapsed(stored: StoredObject, now: datetime, error: Mapping[str, Any]) -> StoredObject:
    """Return a setup intent as of now: a challenge that nobody has answered within an hour has failed with this error.

    Until the next write, nothing is stored of that. It is a change of its own, so what was before it is still known.
    """
    attempts: list[Attributes] | None = stored.attributes.get(ATTEMPTS)
    if not attempts or not is_waiting_for(stored.attributes, attempts[0]["id"]):
        return stored
    latest = attempts[0]
    ended_at = parse_timestamp(latest["at"]) + CHALLENGE_LIFETIME
    if now < ended_at:
        return stored
    failure = {**error, "payment_method": stored.attributes[CHALLENGE]["payment_method"]}
    after = authenticated(stored.attributes, AuthenticationResult.ABANDONED, failure)
    operation_id = f"{latest['id']}:{AuthenticationResult.ABANDONED}"
    cause = Cause(operation_id=operation_id, request_id=stored.changed_by.request_id, at=ended_at)
    return replace(changed_by_attempt(stored, after, cause), version=stored.version)


def changed_by_attempt(stored: StoredObject, attributes: Attributes, cause: Cause) -> StoredObject:
    """Return a setup intent to which an attempt, or the end of one, has given these attributes."""
    attempts = {ATTEMPTS: attributes[ATTEMPTS]} if ATTEMPTS in attributes else {}
    return changed(replace(stored, attributes={**stored.attributes, **attempts}), attributes, cause)


def canceled(attributes: Attributes, reason: str | None) -> Attributes:
    """Return a canceled setup intent. Its payment method stays. Refuses (intent_state_unexpected) what has ended."""
    status = status_of(attributes)
    if status is SetupStatus.CANCELED:
        raise _unexpected("You cannot cancel this SetupIntent because it is already canceled.")
    if status not in OPEN:
        raise _unexpected(
            f"You cannot cancel this SetupIntent because it has a status of {status}. Only a SetupIntent with one of "
            "the following statuses may be canceled: `requires_payment_method`, `requires_confirmation`, or "
            "`requires_action`."
        )
    return _changed(attributes, status=SetupStatus.CANCELED, cancellation_reason=reason, next_action=None)


def events_of(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return what a write of a setup intent tells: that it was created, and what an attempt or its end has come to.

    One that is created and confirmed at once has both events, with the same object.
    """
    earlier: Attributes = before.attributes if before else {}
    created = () if before else ("created",)
    status, failed = status_of(after.attributes), after.attributes.get(_ERROR) is not None
    same_attempt = earlier.get("latest_attempt") == after.attributes.get("latest_attempt")
    if same_attempt and status is status_of(earlier):
        return created
    match status:
        case SetupStatus.NEEDS_ACTION | SetupStatus.SUCCEEDED | SetupStatus.CANCELED:
            return (*created, str(status))
        case SetupStatus.NEEDS_METHOD if failed:
            return (*created, "setup_failed")
        case _:
            return created


def _with_attempt(attributes: Attributes, attempt: SetupAttempt) -> list[Attributes]:
    """Return the latest attempts, with a new one. Until a challenge is answered, it has no error."""
    entry = {
        "id": attempt.id,
        "at": format_timestamp(attempt.at),
        "payment_method": dict(attempt.shown),
        "error": _without_method(attempt.error) if attempt.challenge is None else None,
        "challenged": attempt.challenge is not None or None,
        "frictionless": attempt.frictionless or None,
        **{name: attributes.get(name) for name in _AT_THE_TIME},
    }
    return [without_defaults(entry), *attributes.get(ATTEMPTS, ())][:ATTEMPTS_MAX]


def _without_method(error: Mapping[str, Any] | None) -> Attributes | None:
    """Return an error without its payment method, which the attempt has."""
    return error and {name: value for name, value in error.items() if name != "payment_method"}


def _answered(attributes: Attributes, error: Mapping[str, Any] | None) -> Attributes:
    """Return a setup intent after the last word of an attempt. A payment method that failed is not tried again."""
    if error is None:
        return _changed(attributes, status=SetupStatus.SUCCEEDED, next_action=None)
    return _changed(
        attributes, status=SetupStatus.NEEDS_METHOD, payment_method=None, next_action=None, **{_ERROR: dict(error)}
    )


def _changed(attributes: Attributes, **changes: Any) -> Attributes:
    return without_defaults({**attributes, **changes})


def _unexpected(detail: str) -> Refused:
    return Refused(Code.INTENT_STATE_UNEXPECTED, detail)
