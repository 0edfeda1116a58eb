"""The commands of `paysandbox`: what help says of each, and the module that it is in.

A module is imported when its command is called, so no command waits for the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperCommand
from typer.main import get_group

from cli.stripe_objects.kinds import KINDS, summary
from cli.terminal.given_words import refuse_empty_names


class Entry(NamedTuple):
    """The module of a command, and the first paragraph of its help."""

    module: str
    summary: str


PANELS: Final[Mapping[str, Mapping[str, Entry]]] = {
    "Sandbox": {
        "up": Entry(
            "cli.sandbox.commands",
            "Start the local sandbox, deploy every stack, and verify it with a test authorization.",
        ),
        "down": Entry("cli.sandbox.commands", "Stop the local sandbox. Payments and keys are kept."),
        "status": Entry(
            "cli.sandbox.commands", "Show the sandbox's URLs, API keys and health. Exits with 1 if it is unhealthy."
        ),
        "doctor": Entry(
            "cli.sandbox.commands",
            "Diagnose problems with this machine and the sandbox, or with an AWS account, and suggest fixes.",
        ),
        "open": Entry("cli.sandbox.commands", "Open the sandbox's dashboard in the browser."),
        "clock": Entry("cli.sandbox.clock", "Show, advance and reset the sandbox's clock."),
        "state": Entry("cli.sandbox.state", "Save the local sandbox's state under a name, and restore it."),
        "seed": Entry("cli.seed.seed", "Create objects from a TOML file. Running it again creates nothing."),
    },
    "Pay": {
        "pay": Entry("cli.payments.pay", "Authorize, capture, void and refund payments over the public API."),
        "disputes": Entry("cli.disputes.disputes", "List and respond to disputes."),
        "simulate": Entry("cli.simulate.simulate", "Simulate the bank, the card network, the cardholder or PayPal."),
        "faults": Entry("cli.faults.faults", "Inject faults into the merchant's requests."),
        "cards": Entry("cli.payments.cards", "List the published test cards with their behavior and decline codes."),
    },
    "Stripe objects": {name: Entry("cli.stripe_objects.stripe_objects", summary(name)) for name in KINDS},
    "Webhooks": {
        "listen": Entry(
            "cli.webhooks.listen",
            "Print each webhook delivery of the local sandbox, until Ctrl-C: time, type, ID and signature check.",
        ),
        "trigger": Entry("cli.webhooks.trigger", "Trigger a webhook event by performing the real operation behind it."),
        "events": Entry("cli.webhooks.events", "List, show, resend and rebuild the merchant's events."),
        "endpoints": Entry("cli.webhooks.endpoints", "Create and manage webhook endpoints."),
        "deliveries": Entry("cli.webhooks.deliveries", "List and inspect webhook deliveries and their attempts."),
    },
    "Money out": {
        "disbursements": Entry(
            "cli.disbursements.disbursements", "Pay customers through PayPal or by ACH, from the merchant's funds."
        ),
        "balance": Entry("cli.balance.balance", "Show the merchant's balance by currency, and list its transactions."),
        "settlements": Entry("cli.settlement.settlements", "Run settlements, and list, download and reconcile them."),
        "donations": Entry(
            "cli.donations.donations",
            "Donate, list donations, manage donors and receipts, and set Stripe's credentials.",
        ),
    },
    "Operate": {
        "eject": Entry(
            "cli.sandbox.commands",
            "Write the sources of the CDK app into a folder, to deploy it to AWS from a repository of your own.",
        ),
        "keys": Entry("cli.connection.keys_commands", "Create, import, list and revoke API keys."),
        "settings": Entry("cli.simulate.settings", "Show or change the merchant's settings."),
        "logs": Entry(
            "cli.request_log.logs",
            "Show one line per request: time (UTC), status, route, duration, outcome, merchant, transaction and "
            "request id.",
        ),
        "find": Entry(
            "cli.search.find", "Find objects by an ID, reference, metadata, name, e-mail, card, key or path."
        ),
        "requests": Entry("cli.request_log.requests", "List, show and explain the requests of the last seven days."),
        "metrics": Entry(
            "cli.request_log.metrics",
            "Show request counts, durations, approval rate, replays, cold starts and errors, by route and code.",
        ),
        "audit": Entry(
            "cli.payments.audit",
            "Check that every payment's totals, operations and postings agree, and that the ledger balances.",
        ),
        "verify": Entry(
            "cli.verification.verify", "Run end-to-end checks against a deployed sandbox and report every failed check."
        ),
        "lose": Entry(
            "cli.lose.lose",
            "Run COMMAND against the local sandbox, lose its answers one at a time, and report the money it loses.",
        ),
        "mcp": Entry(
            "cli.mcp.mcp",
            "Serve the sandbox's tools to a coding agent, over stdin and stdout (MCP).",
        ),
        "redrive": Entry(
            "cli.dead_letters.redrive",
            "Redrive a dead-letter queue: process its messages again, after the cause is fixed.",
        ),
        "get": Entry(
            "cli.connection.raw_request",
            "Send a GET request. The status line goes to stderr and the body to stdout; a 4xx or 5xx exits with 1.",
        ),
        "post": Entry(
            "cli.connection.raw_request",
            "Send a POST request. The status line goes to stderr and the body to stdout; a 4xx or 5xx exits with 1.",
        ),
    },
    "Help": {
        "docs": Entry("cli.docs.docs", "Search the documentation, and show its pages."),
        "help": Entry("cli.about", "Show the help of a command, or list all commands."),
        "version": Entry("cli.about", "Print the version, as --version does."),
        "completion": Entry(
            "cli.about",
            "Print a shell's completion script. --install-completion installs it for the current shell.",
        ),
    },
}
"""The panels of `paysandbox --help`, and their commands in the order in which they are listed."""


class ListedCommand(TyperCommand):
    """A command as help and completion list it. When it is called, it is imported and takes over."""

    def __init__(self, name: str, panel: str) -> None:
        super().__init__(name, help=PANELS[panel][name].summary, rich_help_panel=panel)
        self._row = (name, panel)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Let the imported command read its arguments. The context is that command's, so it is what runs."""
        return self.imported().make_context(info_name, args, parent, **extra)

    def imported(self) -> Any:
        """Return the command itself."""
        return _imported(*self._row)


def listed_commands() -> dict[str, ListedCommand]:
    """Return every command of the table by name, none of them imported."""
    return {name: ListedCommand(name, panel) for panel, entries in PANELS.items() for name in entries}


@cache
def _imported(name: str, panel: str) -> Any:
    """Import the command's module, and make the command of the module's `app`.

    Typer's rule for an app within another: one with a name is a group, and the commands of one without a name are
    commands of the other.
    """
    program = typer.Typer()
    program.add_typer(import_module(PANELS[panel][name].module).app)
    command: Any = get_group(program).commands[name]
    command.rich_help_panel = panel
    return refuse_empty_names(command)
