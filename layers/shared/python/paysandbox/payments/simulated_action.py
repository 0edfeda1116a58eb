"""What a row of the simulation table is: something that a bank, a network or a cardholder does to an object."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from paysandbox.core import ids
from paysandbox.core.record import record
from paysandbox.payments.change import Change
from paysandbox.payments.disputes.fees import NO_FEES, DisputeFees
from paysandbox.payments.payment import Payment, State


class Kind(StrEnum):
    """The kind of object that something happens to."""

    PAYMENT = "payment"
    CAPTURE = "capture"
    REFUND = "refund"
    DISPUTE = "dispute"


Argument = str | int
Arguments = Mapping[str, Argument]


@record(kw_only=True)
class Parameter:
    """A parameter of an action. `choices` are its only values, if it has any. A `minimum` makes it a whole number.

    Text must match the whole of `pattern`, a regular expression, if there is one.
    """

    name: str
    description: str
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    pattern: str | None = None


@record(kw_only=True)
class Stamp:
    """What the operations of one step have in common: request ID, time (UTC), contract version and source.

    `key` identifies the step: the same key derives the same operation IDs, so that a step happens once. A new
    authorization can be captured for `validity_s` seconds, and a new chargeback costs what `dispute_fees` say.
    `idempotency_key` is the one that the merchant chose, in an API that shows it in events.
    """

    key: str
    request_id: str
    at: datetime
    contract: int
    validity_s: int
    source: str | None = None
    dispute_fees: DisputeFees = NO_FEES
    idempotency_key: str | None = None

    def operation_id(self, kind: str, payment_id: str) -> str:
        """Derive the ID of this step's operation of a kind (an ID prefix)."""
        return ids.step_id(kind, payment_id, self.key)


def is_of_step(payment_id: str, key: str, operation_id: str) -> bool:
    """Whether an operation is one that the step with this key records, from which `Stamp` derives the IDs."""
    kind = ids.kind_of(operation_id)
    return kind is not None and ids.step_id(kind, payment_id, key) == operation_id


class NotPossible(Exception):  # noqa: N818 - it becomes a refusal
    """An action that the status of an object allows, but not what has happened to it.

    Rules raise it, which do not know what else is possible: `simulation.refusal_of` says so. `without` are actions that
    are not possible for the same reason.
    """

    def __init__(self, object_id: str, detail: str | None = None, *, without: tuple[str, ...] = ()) -> None:
        super().__init__(detail or f"not possible of {object_id}")
        self.object_id = object_id
        self.detail = detail
        self.without = without


@record(kw_only=True)
class Action:
    """A row of the table: from which statuses of an object it is possible, its parameters, and its rule.

    A status does not tell all: if there is `possible`, it must also hold, for the payment, its state and the object.

    `decide` gets the payment, the object's ID, arguments that fit the parameters, and the stamp. Its change is guarded,
    so that of several steps from one state a single one is recorded. It raises Refused for arguments that do not fit
    the payment, and NotPossible.
    """

    kind: Kind
    name: str
    description: str
    statuses: tuple[str, ...]
    decide: Callable[[Payment, str, Arguments, Stamp], Change]
    parameters: tuple[Parameter, ...] = ()
    possible: Callable[[Payment, State, str], bool] | None = None
