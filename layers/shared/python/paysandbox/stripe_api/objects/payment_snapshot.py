"""A payment as of one of its operations, from which all of Stripe's objects are rendered.

So the answer to a write stays byte-identical although the payment has changed since.
"""

from functools import reduce

from paysandbox.core.record import record
from paysandbox.core.stripe_amounts import from_ledger
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import Notes, NotesUpdated
from paysandbox.payments.payment import SEPARATE_TRANSFER, AuthorizationBegun, Operation, Payment, State, Step, steps
from paysandbox.payments.terms import IntentTerms
from paysandbox.stripe_api.ids import charge_id, intent_id
from paysandbox.stripe_api.version import STRIPE_VERSION


def own_transfer_group(payment: Payment) -> str:
    """Return the group of a charge's transfers that nobody has named, as Stripe names it."""
    return f"group_{charge_id(payment.id) if payment.is_charge else intent_id(payment.id)}"


@record
class PaymentSnapshot:
    """The payment and its steps up to an operation, at least one, to be shown in a version of Stripe's API.

    `at_once`: right after the last step, before what Stripe does in the background.
    """

    payment: Payment
    steps: tuple[Step, ...]
    version: str = STRIPE_VERSION
    at_once: bool = False

    @property
    def state(self) -> State:
        """The state of the payment after the last step."""
        return self.steps[-1].after

    def in_stripe_units(self, amount: int) -> int:
        """Return an amount of the payment, of a fee or of a dispute as Stripe counts it: 5 ISK is 500."""
        return from_ledger(amount, self.payment.currency)

    @property
    def intent(self) -> str | None:
        """The intent of the payment, or None for a charge that was created without one."""
        return None if self.payment.is_charge else intent_id(self.payment.id)

    def transfer_group(self, terms: IntentTerms) -> str | None:
        """Return the group of the charge's transfers: as the terms state it, or its own after a separate transfer."""
        has_transfer = any(step.operation.kind == SEPARATE_TRANSFER for step in self.steps)
        return terms.transfer_group or (own_transfer_group(self.payment) if has_transfer else None)

    @property
    def last_attempt(self) -> tuple[Step, Authorization] | None:
        """The last attempt, or None if no bank was asked to authorize."""
        for step in reversed(self.steps):
            if isinstance(step.operation, Authorization):
                return step, step.operation
        return None

    @property
    def approved(self) -> Authorization | None:
        """The approved attempt. There is at most one."""
        last = self.last_attempt
        return None if last is None or last[1].decline else last[1]

    @property
    def failure(self) -> Authorization | Authentication | None:
        """What the last attempt failed with: a decline, or an authentication.

        None if it did not, if another one has begun, or if an intent's terms were changed since.
        """
        for step in reversed(self.steps):
            match step.operation:
                case Authorization():
                    return step.operation if step.operation.decline else None
                case Authentication(failed=True):
                    return step.operation
                case AuthorizationBegun():
                    return None
                case IntentUpdated() if self.payment.is_intent:
                    return None
                case _:
                    pass
        return None

    @property
    def challenge(self) -> ChallengeRequested | None:
        """The challenge that the cardholder has not answered yet."""
        attempt = self.state.attempt
        return attempt if isinstance(attempt, ChallengeRequested) else None

    def step(self, operation_id: str) -> Step:
        """Return the step of an operation. Raises AssertionError if it is not one of the steps."""
        step = next((candidate for candidate in self.steps if candidate.operation.id == operation_id), None)
        if step is None:
            raise AssertionError(f"{self.payment.id} has no operation {operation_id} so far")
        return step

    def notes_on(self, operation_id: str, first: Notes) -> Notes:
        """Return the notes on the charge or refund that an operation is shown as, which had `first` as it was made."""
        updates = (step.operation for step in self.steps if isinstance(step.operation, NotesUpdated))
        return reduce(Notes.updated, (update.notes for update in updates if update.of == operation_id), first)

    def last_of(self, *kinds: type[Operation]) -> Step | None:
        """Return the last step of one of these kinds of operation."""
        return next((step for step in reversed(self.steps) if isinstance(step.operation, kinds)), None)


def snapshot_of(
    payment: Payment, until: str | None = None, version: str = STRIPE_VERSION, *, at_once: bool = True
) -> PaymentSnapshot:
    """Return the payment as of the operation `until`, or as of now, to be shown in that version of Stripe's API.

    As of an operation it is as right after it, unless it is not `at_once`.

    An attempt that captures at once includes its capture: they are one write and one answer. Raises AssertionError for
    an unknown operation.
    """
    all_steps = tuple(steps(payment))
    if until is None:
        return PaymentSnapshot(payment, all_steps, version)
    place = next((at for at, step in enumerate(all_steps, start=1) if step.operation.id == until), None)
    if place is None:
        raise AssertionError(f"{payment.id} has no operation {until}")
    operation = all_steps[place - 1].operation
    captures = isinstance(operation, Authorization) and payment.automatic and not operation.decline
    return PaymentSnapshot(payment, all_steps[: place + captures], version, at_once)
