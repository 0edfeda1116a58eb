"""`paysandbox donations`: what an operator looks after: receipts that were not sent for sure, and what was given up."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.donations.redrive import EXAMPLES as EXAMPLES_REDRIVE, redrive
from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import ask_yes, print_json, print_line, print_note

if TYPE_CHECKING:
    from datetime import datetime

    from paysandbox.donations.donation import Donation
    from paysandbox.donations.table import Donations

app = typer.Typer(no_args_is_help=True, help="Receipts that were not sent, and Stripe's events that were given up.")
app.command(epilog=EXAMPLES_REDRIVE)(redrive)

# Longer than a worker can be at one, after which nobody will come back to it.
_AT_WORK: Final = timedelta(minutes=15)

EXAMPLES_RECEIPTS: Final = """[bold]Examples[/bold]
  paysandbox donations receipts
  paysandbox donations receipts --env prod --json | jq -r '.\\[].donation_id'
"""


@app.command(epilog=EXAMPLES_RECEIPTS)
def receipts(env: Environment = "local", as_json: AsJson = False) -> None:
    """List receipts that need somebody: refused for good, or sent with an outcome that nobody knows.

    Of the second kind the donor may have the mail; they are not sent again
    by themselves. Those that a worker is at now are not among them.
    """
    from cli.connection.target import resolve
    from cli.donations.credentials import donations_table, functions_now
    from cli.sandbox.state_dir import StateDir

    target = resolve(env, StateDir.find())
    found = _needing_somebody(donations_table(target), functions_now(target))
    if as_json:
        print_json([_facts(donation) for donation in found], indent=2)
        return
    if not found:
        print_note("No receipt needs anybody.")
        return
    from cli.terminal.columns import columns
    from cli.terminal.console import answers

    rows = [
        (one["receipt_at"][:19] + "Z", one["outcome"], one["amount"], one["donation_id"], one["note"] or "")
        for one in map(_facts, found)
    ]
    answers().print(columns(("SINCE", "RECEIPT", "AMOUNT", "DONATION", "NOTE"), rows))
    print_note("Send one again: paysandbox donations resend-receipt DONATION")


EXAMPLES_RESEND: Final = """[bold]Examples[/bold]
  paysandbox donations resend-receipt 019a9f7e-…          asks, where the donor may have it already
  paysandbox donations resend-receipt 019a9f7e-… --yes --env prod
"""


@app.command("resend-receipt", epilog=EXAMPLES_RESEND)
def resend_receipt(
    donation_id: Annotated[str, typer.Argument(metavar="DONATION", help="The donation's id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: a second mail is better than none.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Queue a receipt again: one that was refused, or one whose outcome nobody knows.

    SES knows no idempotency token. So of the second kind it asks first: the
    donor may get it twice.
    """
    from cli.connection.target import resolve
    from cli.donations.credentials import donations_table, functions_now, notify, queues
    from cli.sandbox.state_dir import StateDir
    from paysandbox.donations.donation import Receipt
    from paysandbox.donations.table import find_donation
    from paysandbox.donations.writes import change_receipt

    target = resolve(env, StateDir.find())
    table, now = donations_table(target), functions_now(target)
    donation = find_donation(table, donation_id)
    if donation is None:
        raise Failure(f"There is no donation {donation_id!r} in {target.environment}.", "An id is a UUID.")
    _refuse_what_needs_nothing(donation, now)
    if donation.receipt is Receipt.SENDING and not yes:
        _ask(donation)
    if donation.receipt is not Receipt.DUE:
        moved = change_receipt(table, donation.id, donation.receipt, Receipt.DUE, now)
        if moved is None:
            raise Failure("Somebody else is at this receipt.", "See where it is: paysandbox donations receipts")
    _, notifications = queues(target)
    notify(target.client("sqs"), notifications.url, donation.id)
    if as_json:
        print_json({"donation_id": donation.id, "receipt": "due", "was": str(donation.receipt)})
    else:
        print_line(f"The receipt of {donation.id} is on its way to {donation.donor.email}.")


def _needing_somebody(table: Donations, now: datetime) -> list[Donation]:
    from paysandbox.donations.donation import Receipt
    from paysandbox.donations.lists import receipts_before
    from paysandbox.donations.table import find_donation

    until = {Receipt.REFUSED: now + timedelta(seconds=1), Receipt.SENDING: now - _AT_WORK}
    ids = [(receipt, one) for receipt, at in until.items() for one in receipts_before(table, receipt, at)]
    found = ((receipt, find_donation(table, one)) for receipt, one in ids)
    # The index follows the table: what was settled meanwhile is not shown.
    return [donation for receipt, donation in found if donation is not None and donation.receipt is receipt]


def _refuse_what_needs_nothing(donation: Donation, now: datetime) -> None:
    from paysandbox.donations.donation import Receipt

    match donation.receipt:
        case Receipt.SENT:
            raise Failure("The receipt was sent; the donor has it.", "A second one would only puzzle.")
        case Receipt.NONE:
            raise Failure(
                f"The donation is {donation.status}: there is nothing to thank for.",
                "A receipt is due once it succeeded, unless all of it went back before.",
            )
        case Receipt.SENDING if donation.receipt_at is not None and donation.receipt_at > now - _AT_WORK:
            minutes = int(_AT_WORK.total_seconds() // 60)
            raise Failure("It is being sent now.", f"If it still is in {minutes} minutes, run this again.")
        case _:
            return


def _ask(donation: Donation) -> None:
    question = f"Whether {donation.donor.email} has the mail is not known. Send it, maybe a second time?"
    if not sys.stdin.isatty():
        raise Failure(question, "To say yes where nobody can be asked: --yes")
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
