"""A provider in this process, which pays a batch ID once, and answers as a test says.

    rail = ScriptedRail(clock)
    rail.outcome = Step.UNCLAIM        the next new batch is unclaimed
    rail.lose("after")                 the next answer is lost after the effect

Like PayPal, it refuses to repeat a batch ID for 30 days, and pays it a second time after that.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Literal

from paysandbox.core.errors import Code, Refused
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.rail import ProviderUpdate, Unknown
from paysandbox.disbursements.steps import Step
from tests.support.worlds.aws_transport import Killed

METHOD: Final = "scripted"
REMEMBERED_FOR: Final = timedelta(days=30)

Lost = Literal["before", "after", "killed before", "killed after", "not configured"]


@dataclass
class Batch:
    """A batch at the provider: its amount, what it says of it, and since when it has it."""

    amount: int
    step: Step | None
    code: str | None
    since: datetime


class ScriptedRail:
    """The provider. `sent` counts requests that could pay, `asked` the others, `paid` payments, by batch ID."""

    name = METHOD

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.forget()

    def forget(self) -> None:
        """Forget all batches and requests, and answer everything again."""
        self.outcome: Step | None = Step.PAY
        self.code: str | None = None
        self.batches: dict[str, Batch] = {}
        self.sent, self.asked, self.canceled, self.paid = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
        self.retry_after_s: int | None = None
        self.before_answer: Callable[[], None] = lambda: None
        self._lost = deque[Lost]()
        self._silent: Lost | None = None
        self._lock = Lock()

    @property
    def requests(self) -> int:
        """Return the number of all requests."""
        return self.sent.total() + self.asked.total() + self.canceled.total()

    def lose(self, *lost: Lost) -> None:
        """Lose the next answers, one after another."""
        self._lost.extend(lost)

    def be_silent(self, lost: Lost | None = "before") -> None:
        """Lose all answers from now on, until it is called with None."""
        self._silent = lost

    def say(self, one: Disbursement, step: Step | None, code: str | None = None) -> None:
        """Let the provider bring something about."""
        batch = self.batches[one.batch_id]
        batch.step, batch.code = step, code
        if step in (Step.PAY, Step.CLAIM):
            self.paid[one.batch_id] += 1

    def send(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Take a batch, or refuse to repeat it with a link to the first one."""
        self.sent[disbursement.batch_id] += 1
        return self._answered(disbursement, self._take)

    def ask(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Return the status of a batch."""
        assert disbursement.reference == _reference(disbursement)
        self.asked[disbursement.batch_id] += 1
        return self._answered(disbursement, lambda _: None)

    def cancel(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Return the money of an unclaimed batch."""
        assert disbursement.item_reference == _item_reference(disbursement)
        self.canceled[disbursement.batch_id] += 1
        return self._answered(disbursement, self._return)

    def _answered(self, one: Disbursement, effect: Callable[[Disbursement], None]) -> ProviderUpdate | Unknown:
        with self._lock:
            lost = self._lost.popleft() if self._lost else self._silent
            if lost == "not configured":
                raise Refused(Code.PAYPAL_NOT_CONFIGURED)
            if lost == "killed before":
                raise Killed
            if lost != "before":
                effect(one)
            if lost == "killed after":
                raise Killed
        self.before_answer()
        if lost is not None:
            return Unknown(reason="timeout", retry_after_s=self.retry_after_s)
        return self.update_of(one)

    def update_of(self, one: Disbursement) -> ProviderUpdate:
        """Return what the provider says of a batch, as it answers and as its webhooks say."""
        batch = self.batches[one.batch_id]
        return ProviderUpdate(
            step=batch.step,
            code=batch.code,
            reference=_reference(one),
            item_reference=_item_reference(one),
            provider_fee=25 if batch.step in (Step.PAY, Step.CLAIM) else None,
        )

    def _take(self, one: Disbursement) -> None:
        known = self.batches.get(one.batch_id)
        if known is not None and self.clock() - known.since < REMEMBERED_FOR:
            return
        self.batches[one.batch_id] = Batch(one.amount, self.outcome, self.code, self.clock())
        if self.outcome is Step.PAY:
            self.paid[one.batch_id] += 1

    def _return(self, one: Disbursement) -> None:
        batch = self.batches[one.batch_id]
        if batch.step is Step.UNCLAIM:
            batch.step = Step.RETURN


def _reference(one: Disbursement) -> str:
    return f"BATCH-{one.batch_id[-6:]}"


def _item_reference(one: Disbursement) -> str:
    return f"ITEM-{one.batch_id[-6:]}"
