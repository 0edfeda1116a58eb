"""A payment as far as one of its operations: what every object of Stripe's is rendered from.

So the answer to a write stays the same bytes although the payment has moved on.
"""

from dataclasses import dataclass

from paysandbox.payments.operation import Authorization, IntentUpdated, Operation
from paysandbox.payments.payment import Payment, State, Step, steps


@dataclass(frozen=True, slots=True)
class PaymentSnapshot:
    """The payment and its steps so far, of which there is one at least."""

    payment: Payment
    steps: tuple[Step, ...]

    @property
    def state(self) -> State:
        """Where the payment stands after them."""
        return self.steps[-1].after

    @property
    def last_attempt(self) -> tuple[Step, Authorization] | None:
        """The bank's last answer, or None where no bank was asked."""
        for step in reversed(self.steps):
            if isinstance(step.operation, Authorization):
                return step, step.operation
        return None

    @property
    def approved(self) -> Authorization | None:
        """The attempt that the bank promised something at. There is one at most."""
        last = self.last_attempt
        return None if last is None or last[1].decline else last[1]

    @property
    def is_revised(self) -> bool:
        """Whether an intent's terms were changed after the bank's last answer."""
        last = next((one.operation for one in reversed(self.steps) if _speaks(one.operation)), None)
        return self.payment.is_intent and isinstance(last, IntentUpdated)

    def step(self, operation_id: str) -> Step:
        """One of the steps. Raises AssertionError for an operation that is none."""
        found = next((one for one in self.steps if one.operation.id == operation_id), None)
        if found is None:
            raise AssertionError(f"{self.payment.id} has no operation {operation_id} so far")
        return found

    def last_of(self, *kinds: type[Operation]) -> Step | None:
        """The last step of one of these kinds of operation."""
        return next((one for one in reversed(self.steps) if isinstance(one.operation, kinds)), None)


def snapshot_of(payment: Payment, until: str | None = None) -> PaymentSnapshot:
    """The payment as far as the operation `until`, or all of it.

    An attempt that captures at once is not seen without its capture: they are one write, and one answer. Raises
    AssertionError where there is no such operation.
    """
    lived = tuple(steps(payment))
    if until is None:
        return PaymentSnapshot(payment, lived)
    place = next((at for at, one in enumerate(lived, start=1) if one.operation.id == until), None)
    if place is None:
        raise AssertionError(f"{payment.id} has no operation {until}")
    operation = lived[place - 1].operation
    captures = isinstance(operation, Authorization) and payment.automatic and not operation.decline
    return PaymentSnapshot(payment, lived[: place + captures])


def _speaks(operation: Operation) -> bool:
    return isinstance(operation, (Authorization, IntentUpdated))
