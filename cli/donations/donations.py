"""`paysandbox donations`: the commands of the donations, an example application built on the sandbox."""

from __future__ import annotations

import typer

from cli.donations import create, donors, list_donations, receipts, stripe_secrets

app = typer.Typer(
    name="donations",
    no_args_is_help=True,
    help="Donate, list donations, manage donors and receipts, and set Stripe's credentials.",
)
app.command("create", epilog=create.EXAMPLES)(create.create)
app.command("list", epilog=list_donations.EXAMPLES)(list_donations.list_command)
app.command("sign-up", epilog=donors.EXAMPLES_SIGN_UP)(donors.sign_up)
app.command("sign-in", epilog=donors.EXAMPLES_SIGN_IN)(donors.print_token)
app.command("receipts", epilog=receipts.EXAMPLES_RECEIPTS)(receipts.receipts)
app.command("resend-receipt", epilog=receipts.EXAMPLES_RESEND)(receipts.resend_receipt)
app.add_typer(stripe_secrets.app, name="secrets")
