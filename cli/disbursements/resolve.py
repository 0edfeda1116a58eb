"""`paysandbox disbursements resolve`: records an outcome that the provider may not be asked for any more."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.recent_ids import complete_disbursement
from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import ask_yes, print_json, print_line

if TYPE_CHECKING:
    from datetime import datetime

    from cli.connection.target import Target
    from paysandbox.disbursements.disbursement import Disbursement
    from paysandbox.disbursements.store.disbursements_table import DisbursementsTable

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox disbursements list --status requires_attention
  paysandbox disbursements resolve 20261122T114703.123456Z-abcdefghij paid
  paysandbox disbursements resolve 20261122T114703.123456Z-abcdefghij failed --yes --env prod
"""


class Outcome(StrEnum):
    """The outcomes that an operator can record."""

    PAID = "paid"
    FAILED = "failed"


def resolve(
    payment_id: Annotated[
        str,
        typer.Argument(
            metavar="PAYMENT_ID", autocompletion=complete_disbursement, help="The disbursement's ID: 20261122T…."
        ),
    ],
    outcome: Annotated[
        Outcome,
        typer.Argument(
            metavar="paid|failed", help="paid: the recipient has the money. failed: the merchant gets it back."
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Record the outcome of a disbursement that requires attention, as shown in the provider's account.

    Nothing is sent to the provider. The status changes once: if the provider's
    webhook arrives at the same time, the first of the two counts. Uses your AWS
    credentials, not an API key.
    """
    from cli.connection.target import resolve as target_of
    from cli.disbursements.tables import disbursements_table, sandbox_time
    from cli.state.state_dir import StateDir
    from paysandbox.disbursements.disbursement import Status

    target = target_of(env, StateDir.find())
    table = disbursements_table(target)
    found = _find(target, table, payment_id)
    wanted = Status(outcome)
    if found.status is not wanted:
        if found.status is not Status.REQUIRES_ATTENTION:
            raise _not_possible(found, outcome)
        if not yes:
            _confirm(_question(found, outcome))
        found = _resolved(table, found, outcome, sandbox_time(target))
    if as_json:
        print_json(_facts(found))
    else:
        print_line(f"{found.id} is {found.status}.")


def _find(target: Target, table: DisbursementsTable, payment_id: str) -> Disbursement:
    from paysandbox.core.ids import is_disbursement_id
    from paysandbox.disbursements.store.disbursements_table import find_all_by_id

    found = find_all_by_id(table, payment_id) if is_disbursement_id(payment_id) else []
    if len(found) != 1:
        raise Failure(
            f"No disbursement {payment_id!r} in {target.environment}.",
            "List those that need a decision: paysandbox disbursements list --status requires_attention",
        )
    return found[0]


def _resolved(table: DisbursementsTable, disbursement: Disbursement, outcome: Outcome, now: datetime) -> Disbursement:
    """Record the outcome. Raises Failure if the provider has reported another outcome first."""
    from paysandbox.core.errors import Refused
    from paysandbox.disbursements.disbursement import Source, Status
    from paysandbox.disbursements.steps import Step, stepped
    from paysandbox.disbursements.store.disbursements_table import change

    step = Step.PAY if outcome is Outcome.PAID else Step.FAIL

    def decide(current: Disbursement) -> Disbursement:
        if current.status is Status(outcome):
            return current
        if current.status is not Status.REQUIRES_ATTENTION:
            raise _not_possible(current, outcome)
        return stepped(current, step, Source.OPERATOR, now)

    try:
        return change(table, disbursement, decide)
    except Refused as refused:
        raise Failure(refused.detail or "The disbursement is busy.", "Try again.") from None


def _not_possible(disbursement: Disbursement, outcome: Outcome) -> Failure:
    status = disbursement.status.replace("_", " ")
    return Failure(
        f"{disbursement.id} is {status}, so it cannot be recorded as {outcome}.",
        "Only disbursements that require attention are resolved by hand. The provider decides all others.",
    )


def _confirm(question: str) -> None:
    """Ask for confirmation. Raises Failure without a terminal."""
    if not sys.stdin.isatty():
        raise Failure(question, "Use --yes to confirm without a terminal.")
    if not ask_yes(question):
        raise typer.Exit(1)


def _question(disbursement: Disbursement, outcome: Outcome) -> str:
    from cli.terminal.amount import show

    amount = show(disbursement.amount, disbursement.currency)
    if outcome is Outcome.PAID:
        return f"Record that {disbursement.email} received {amount}? The amount is not returned to the merchant."
    return f"Record that {disbursement.email} did not receive {amount}, and return it to {disbursement.merchant}?"


def _facts(disbursement: Disbursement) -> dict[str, Any]:
    return {
        "payment_id": disbursement.id,
        "customer_id": disbursement.customer_id,
        "merchant": disbursement.merchant,
        "status": str(disbursement.status),
        "amount": disbursement.amount,
        "currency": disbursement.currency,
    }
