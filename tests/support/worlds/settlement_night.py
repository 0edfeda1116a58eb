"""A deployed environment with settlement, for the program: its tables, a function, and a scripted Step Functions."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.aws.schema import LEDGER as LEDGER_TABLE, SETTLEMENT_BATCHES, SETTLEMENT_ENTRIES
from paysandbox.aws.settings import LedgerSettings, SettlementTablesSettings
from paysandbox.settlement.batch import BatchStatus, Statement, StoredBatch
from paysandbox.settlement.batches import Batches
from paysandbox.settlement.business_day import BatchName, cutoff_of
from paysandbox.settlement.close import close, totals_of
from paysandbox.settlement.entries import entry_item
from paysandbox.settlement.settlement import Batch, Entry
from paysandbox.settlement.writes import store_statement
from tests.support.worlds import tables
from tests.support.worlds.deployed_account import Account

LEDGER: Final = "paysandbox-dev-PaymentsLedger"
ENTRIES: Final = "paysandbox-dev-SettlementEntries"
BATCHES: Final = "paysandbox-dev-SettlementBatches"
MACHINE: Final = "arn:aws:states:us-east-1:123456789012:stateMachine:paysandbox-dev-settle"
VARIABLES: Final = (
    SettlementTablesSettings(
        settlement_entries_table=ENTRIES, settlement_batches_table=BATCHES, settlement_entries_retention_s=0
    ).to_env()
    | LedgerSettings(LEDGER, 90 * 86_400).to_env()
)


def kept(
    name: str,
    status: BatchStatus = BatchStatus.CLOSED,
    *,
    cutoff: datetime | None = None,
    after: datetime | None = None,
    **parts: Any,
) -> StoredBatch:
    """Return a batch with its day's cut-off, unless another one is given. `parts` are fields of StoredBatch."""
    named = BatchName.read(name)
    cutoff = cutoff or cutoff_of(named.day)
    facts: dict[str, Any] = {"fees": "default=30+290", "minimum_payout": 100, "execution": name} | parts
    return StoredBatch(batch=Batch(named, cutoff, after), status=status, opened_at=cutoff + timedelta(hours=2), **facts)


def deploy(account: Account) -> None:
    """Create the tables, the function, and the stack's outputs."""
    client = account.client("dynamodb")
    for name, like in ((LEDGER, LEDGER_TABLE), (ENTRIES, SETTLEMENT_ENTRIES), (BATCHES, SETTLEMENT_BATCHES)):
        tables.create_table(client, name, like)
    account.deploy_function("collect_entries", variables=VARIABLES)
    account.deploy_stack("settlement", {"SettleMachine": MACHINE})


def put_entries(account: Account, kept: StoredBatch, entries: Sequence[Entry]) -> None:
    """Store these entries of merchant demo in the batch, and their statement."""
    client = account.client("dynamodb")
    for entry in entries:
        client.put_item(TableName=ENTRIES, Item=entry_item(entry, None))
    totals = totals_of(entries)
    balances = close(kept.name, totals, {})
    statement = Statement(
        batch=kept.name,
        merchant="demo",
        totals={currency: total for (_, currency), total in totals.items()},
        balances={currency: balance for (_, currency), balance in balances.items()},
    )
    store_statement(Batches(client, BATCHES), kept, statement, listed=True)


class States:
    """A fake Step Functions. `script` is an execution's history: names of states, then its final status.

    Each call shows one more state. `names` are existing executions and their status.
    """

    class exceptions:  # noqa: N801 - as boto3 has it
        """The errors of the service."""

        class ExecutionAlreadyExists(Exception):  # noqa: N818 - as boto3 has it
            """An execution of this name exists."""

        class ExecutionDoesNotExist(Exception):  # noqa: N818 - as boto3 has it
            """No execution of this name exists."""

    def __init__(
        self,
        script: Sequence[str] = (),
        *,
        output: dict[str, Any] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.script, self.output, self.names = list(script), output or {}, dict(names or {})
        self.started: list[tuple[str, dict[str, Any]]] = []
        self._looks = 0

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: A002, N803 - as boto3
        """Start an execution, unless its name is taken."""
        if name in self.names:
            raise self.exceptions.ExecutionAlreadyExists
        self.names[name] = "RUNNING"
        self.started.append((name, json.loads(input)))
        return {"executionArn": f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803 - as boto3
        """Return the status of an execution."""
        name = executionArn.rpartition(":")[2]
        if name not in self.names:
            raise self.exceptions.ExecutionDoesNotExist
        self._looks += 1
        if self.names[name] == "RUNNING" and self._looks >= len(self.script) and self.script:
            self.names[name] = self.script[-1]
        failed = self.names[name] in {"FAILED", "ABORTED", "TIMED_OUT"}
        told = {"error": "SettlementFailed", "cause": "no bucket"} if failed else {"output": json.dumps(self.output)}
        return {"status": self.names[name], **told}

    def get_execution_history(self, *, maxResults: int, nextToken: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803 - as boto3
        """Return the history so far, newest first, two events per page."""
        events = [
            {"id": 2 * place + number, "type": f"TaskState{word}", f"state{word}EventDetails": {"name": name}}
            for place, name in enumerate(self.script[: min(self._looks, len(self.script) - 1)])
            for number, word in ((1, "Entered"), (2, "Exited"))
        ][::-1]
        assert maxResults > 0
        start = int(nextToken or "0")
        more = {"nextToken": str(start + 2)} if start + 2 < len(events) else {}
        return {"events": events[start : start + 2], **more}
