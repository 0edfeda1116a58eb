"""`paysandbox donations receipts` and `resend-receipt`: receipts that need attention, and sending one again."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import ask_yes, print_json, print_line, print_note

if TYPE_CHECKING:
    from datetime import datetime

    from paysandbox.donations.donation import Donation
    from paysandbox.donations.table import Donations

# Longer than a worker can take. After that, no worker returns to the receipt.
_AT_WORK: Final = timedelta(minutes=15)

EXAMPLES_RECEIPTS: Final = """[bold]Examples[/bold]
  paysandbox donations receipts
  paysandbox donations receipts --env prod --json | jq -r '.\\[].donation_id'
"""


def receipts(env: Environment = "local", as_json: AsJson = False) -> None:
    """List receipts that need attention: rejected by SES, or sent with an unknown outcome.

    A receipt with an unknown outcome may have been delivered, so it is not
    retried automatically. Receipts in progress are not listed.
    """
    from cli.connection.target import resolve
    from cli.donations.credentials import donations_table, functions_now
    from cli.state.state_dir import StateDir

    target = resolve(env, StateDir.find())
    found = _needing_attention(donations_table(target), functions_now(target))
    if as_json:
        print_json({"data": [_facts(donation) for donation in found]})
        return
    if not found:
        print_note("No receipts need attention.")
        return
    from cli.terminal.columns import columns
    from cli.terminal.console import answers

    rows = [
        (facts["receipt_at"][:19] + "Z", facts["outcome"], facts["amount"], facts["donation_id"], facts["note"] or "")
        for facts in map(_facts, found)
    ]
    answers().print(columns(("SINCE", "RECEIPT", "AMOUNT", "DONATION", "NOTE"), rows, drop=("NOTE", "AMOUNT")))
    print_note("Resend one: paysandbox donations resend-receipt DONATION")


EXAMPLES_RESEND: Final = """[bold]Examples[/bold]
  paysandbox donations resend-receipt 019a9f7e-…          asks first if it may be a duplicate
  paysandbox donations resend-receipt 019a9f7e-… --yes --env prod
"""


def resend_receipt(
    donation_id: Annotated[str, typer.Argument(metavar="DONATION", help="The donation's ID.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation; accept a duplicate.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Resend a receipt that was rejected, or whose outcome is unknown.

    SES has no idempotency token. If the outcome is unknown, the donor may get
    the receipt twice, so the command asks for confirmation.
    """
    from cli.connection.target import resolve
    from cli.donations.credentials import donations_table, functions_now, notify, queues
    from cli.state.state_dir import StateDir
    from paysandbox.donations.donation import Receipt
    from paysandbox.donations.table import find_donation
    from paysandbox.donations.writes import change_receipt

    target = resolve(env, StateDir.find())
    table, now = donations_table(target), functions_now(target)
    donation = find_donation(table, donation_id)
    if donation is None:
        raise Failure(f"No donation {donation_id!r} in {target.environment}.", "A donation's ID is a UUID.")
    _refuse_if_sent(donation, now)
    if donation.receipt is Receipt.SENDING and not yes:
        _confirm(donation)
    if donation.receipt is not Receipt.DUE:
        moved = change_receipt(table, donation.id, donation.receipt, Receipt.DUE, now)
        if moved is None:
            raise Failure(
                "The receipt is being changed by another process.", "Check its state: paysandbox donations receipts"
            )
    _, notifications = queues(target)
    notify(target.client("sqs"), notifications.url, donation.id)
    if as_json:
        print_json({"donation_id": donation.id, "receipt": "due", "was": str(donation.receipt)})
    else:
        print_line(f"Queued the receipt of {donation.id} to {donation.donor.email}.")


def _needing_attention(table: Donations, now: datetime) -> list[Donation]:
    from paysandbox.donations.donation import Receipt
    from paysandbox.donations.lists import receipts_before
    from paysandbox.donations.table import find_donation

    until = {Receipt.REFUSED: now + timedelta(seconds=1), Receipt.SENDING: now - _AT_WORK}
    ids = [
        (receipt, donation_id) for receipt, at in until.items() for donation_id in receipts_before(table, receipt, at)
    ]
    found = ((receipt, find_donation(table, donation_id)) for receipt, donation_id in ids)
    # The index lags behind the table: receipts that were resolved meanwhile are left out.
    return [donation for receipt, donation in found if donation is not None and donation.receipt is receipt]


def _refuse_if_sent(donation: Donation, now: datetime) -> None:
    from paysandbox.donations.donation import Receipt

    match donation.receipt:
        case Receipt.SENT:
            raise Failure("The receipt was already sent.", "It cannot be sent twice.")
        case Receipt.NONE:
            raise Failure(
                f"The donation is {donation.status}: it has no receipt.",
                "A receipt is due when a donation succeeds, unless it is fully refunded first.",
            )
        case Receipt.SENDING if donation.receipt_at is not None and donation.receipt_at > now - _AT_WORK:
            minutes = int(_AT_WORK.total_seconds() // 60)
            raise Failure("The receipt is being sent.", f"If it still is in {minutes} minutes, run this again.")
        case _:
            return


def _confirm(donation: Donation) -> None:
    question = f"{donation.donor.email} may already have this receipt. Send it again?"
    if not sys.stdin.isatty():
        raise Failure(question, "Use --yes to confirm without a terminal.")
    if not ask_yes(question):
        raise typer.Exit(1)


def _facts(donation: Donation) -> dict[str, Any]:
    from cli.terminal.amount import show
    from paysandbox.core.timestamps import format_timestamp
    from paysandbox.donations.donation import Receipt

    return {
        "donation_id": donation.id,
        "outcome": "unknown" if donation.receipt is Receipt.SENDING else str(donation.receipt),
        "receipt_at": format_timestamp(donation.receipt_at) if donation.receipt_at is not None else "",
        "note": donation.receipt_note if donation.receipt is Receipt.REFUSED else None,
        "email": donation.donor.email,
        "amount": show(donation.amount, donation.currency.upper()),
    }
