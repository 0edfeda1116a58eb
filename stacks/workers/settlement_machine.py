"""The states of the state machine `settle`: the order of the workers, their retries, and their failures.

    expire_payments -> open_batch -> collect_entries x shard -> close_books -> write_reports x slice
                    -> announce x slice -> close_batch

A worker that runs out of time returns `more` and is invoked again with its own output, so neither the state nor a
worker's memory grows with the number of payments. The number of slices is fixed too: a list of merchants would exceed
the 256 KB of a state.

Each step can be repeated. Errors are not distinguished by name, since the local engine reports them under other names.
The resource of a task is the function itself, so that the function's output is the task's output.
"""

from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.api.payments_stack import EXPIRE_PAYMENTS

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

# Transient errors (throttling, a function that could not start) pass within a minute; others need attention.
_RETRY: Final = {
    "ErrorEquals": ["States.TaskFailed"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxAttempts": 4,
    "MaxDelaySeconds": 30,
    "JitterStrategy": "FULL",
}
LONGEST_RUN: Final = cdk.Duration.hours(12)
"""Before the next night. A run of five million payments takes less than one."""
# Out of the thousand concurrent executions of an account, or the ten of a new one.
AT_ONCE: Final = 4

Json = dict[str, Any]


def definition(scope: Construct, functions: Mapping[str, str]) -> sfn.Chain:
    """Return the states. `functions` are ARNs by the names of workers."""
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
        # A run that continued an open batch has yet to open the batch that it was started for.
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
        """Return a map state that runs a worker for each number of a list, again as long as it returns `more`."""
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
            max_concurrency=AT_ONCE,
            result_path=sfn.JsonPath.DISCARD,
        )
        over.item_processor(work)
        over.add_catch(self._failed, errors=["States.ALL"], result_path=f"$.{FAILED_IN}{name}")
        return over

    def _step(self, name: str, **more: Any) -> sfn.CustomState:
        """Return a task whose failure fails the run."""
        step = self._task(name, **more)
        return step.add_catch(self._failed, errors=["States.ALL"], result_path=f"$.{FAILED_IN}{name}")

    def _task(self, name: str, **more: Any) -> sfn.CustomState:
        state: Json = {"Type": "Task", "Resource": self._functions[name], "Retry": [_RETRY], **more}
        return sfn.CustomState(self._scope, f"{name} step", state_json=state)
