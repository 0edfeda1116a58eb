"""The state machine `settle`, as states: which worker comes after which, what is repeated, and where failures go.

    expire_payments -> open_batch -> collect_entries x shard -> close_books -> write_reports x slice
                    -> announce x slice -> close_batch

A worker that has more to do than time for says `more`, and is called again with its own answer: so neither the state
nor a worker's memory grows with the number of payments. Its slices are fixed too: a list of merchants would outgrow
the 256 KB of a state.

Each step may be repeated. No error is told from another by its name, since the local engine reports them under others.
The resource of a task is the function itself: its answer is the task's.
"""

from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.payments_stack import EXPIRE_PAYMENTS

SETTLE: Final = "settle"

OPEN_BATCH: Final = "open_batch"
COLLECT_ENTRIES: Final = "collect_entries"
CLOSE_BOOKS: Final = "close_books"
WRITE_REPORTS: Final = "write_reports"
ANNOUNCE: Final = "announce"
CLOSE_BATCH: Final = "close_batch"
FAIL_BATCH: Final = "fail_batch"
WORKERS: Final = (OPEN_BATCH, COLLECT_ENTRIES, CLOSE_BOOKS, WRITE_REPORTS, ANNOUNCE, CLOSE_BATCH, FAIL_BATCH)

FAILED_IN: Final = "failed_in_"

# What may pass by itself (throttling, a function that could not start) passes in a minute or has to be looked at.
_RETRY: Final = {
    "ErrorEquals": ["States.TaskFailed"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxAttempts": 4,
    "MaxDelaySeconds": 30,
    "JitterStrategy": "FULL",
}
# Of an account's thousand, and of a new account's ten.
_AT_ONCE: Final = 4

Json = dict[str, Any]


def definition(scope: Construct, functions: Mapping[str, str]) -> sfn.Chain:
    """The states. `functions` are ARNs by the names of workers."""
    return _Definition(scope, functions).whole()


class _Definition:
    def __init__(self, scope: Construct, functions: Mapping[str, str]) -> None:
        self._scope, self._functions = scope, functions
        self._failed = self._task(FAIL_BATCH, ResultPath="$.failure").next(
            sfn.Fail(scope, "Failed", error="SettlementFailed", cause_path="$.failure.reason")
        )

    def whole(self) -> sfn.Chain:
        scope = self._scope
        expire = self._step(EXPIRE_PAYMENTS, Parameters={}, ResultPath="$.expired")
        opening = self._step(
            OPEN_BATCH, Parameters={"wanted.$": "$$.Execution.Input", "execution.$": "$$.Execution.Name"}
        )
        books = self._step(CLOSE_BOOKS, ResultPath="$.books")
        closing = self._step(CLOSE_BATCH, ResultPath="$.closed")
        collected = self._map(COLLECT_ENTRIES, items="shards", item="shard")
        reported = self._map(WRITE_REPORTS, items="slices", item="slice")
        announced = self._map(ANNOUNCE, items="slices", item="slice")
        nothing_to_do = sfn.Succeed(scope, "Nothing to do")
        refused = sfn.Fail(scope, "Refused", error="SettlementRefused", cause_path="$.reason")
        # Who went on with a batch that was open has not done yet what it was started for.
        after_closing = (
            sfn.Choice(scope, "Closed, and was that what was asked for?")
            .when(sfn.Condition.string_equals("$.closed.status", "more"), closing)
            .when(sfn.Condition.string_equals("$.status", "continued"), opening)
            .otherwise(sfn.Succeed(scope, "Settled"))
        )
        closing.next(after_closing)
        collected.next(books)
        books.next(
            sfn.Choice(scope, "Do the books balance?")
            .when(sfn.Condition.string_equals("$.books.status", "more"), books)
            .when(sfn.Condition.string_equals("$.books.status", "broken"), self._failed)
            .otherwise(reported.next(announced).next(closing))
        )
        opening.next(
            sfn.Choice(scope, "Is there a batch to settle?")
            .when(sfn.Condition.string_equals("$.status", "opened"), collected)
            .when(sfn.Condition.string_equals("$.status", "continued"), collected)
            .when(sfn.Condition.string_equals("$.status", "refused"), refused)
            .otherwise(nothing_to_do)
        )
        return expire.next(
            sfn.Choice(scope, "Is more to expire?")
            .when(sfn.Condition.boolean_equals("$.expired.more", True), expire)
            .otherwise(opening)
        )

    def _map(self, name: str, *, items: str, item: str) -> sfn.Map:
        """A worker over each of some numbers, called again as long as it has more to do."""
        work = self._task(name)
        work.next(
            sfn.Choice(self._scope, f"More to {name}?")
            .when(sfn.Condition.string_equals("$.status", "more"), work)
            .otherwise(sfn.Pass(self._scope, f"{name} done", result=sfn.Result.from_object({})))
        )
        over = sfn.Map(
            self._scope,
            f"Each {item} of {name}",
            items_path=f"$.{items}",
            item_selector={"batch.$": "$.batch", f"{item}.$": "$$.Map.Item.Value"},
            max_concurrency=_AT_ONCE,
            result_path=sfn.JsonPath.DISCARD,
        )
        over.item_processor(work)
        over.add_catch(self._failed, errors=["States.ALL"], result_path=f"$.{FAILED_IN}{name}")
        return over

    def _step(self, name: str, **more: Any) -> sfn.CustomState:
        """A worker whose failure fails the run."""
        step = self._task(name, **more)
        return step.add_catch(self._failed, errors=["States.ALL"], result_path=f"$.{FAILED_IN}{name}")

    def _task(self, name: str, **more: Any) -> sfn.CustomState:
        state: Json = {"Type": "Task", "Resource": self._functions[name], "Retry": [_RETRY], **more}
        return sfn.CustomState(self._scope, f"{name} step", state_json=state)
