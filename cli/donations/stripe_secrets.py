"""`paysandbox secrets`: gives the functions Stripe's key and webhook secret, and shows neither."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.donations.stripe_parameters import StripeSecret, form_fault, is_live
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_line, print_note
from cli.terminal.secret_input import STDIN, read_secret

app = typer.Typer(no_args_is_help=True, help="Stripe's key and webhook secret, which the donations need.")

EXAMPLES_SET = """[bold]Examples[/bold]
  paysandbox secrets set STRIPE_SECRET_KEY --env dev           asks for it, without echo
  pass show stripe/dev | paysandbox secrets set STRIPE_SECRET_KEY --env dev
  paysandbox secrets set STRIPE_WEBHOOK_SECRET --env prod
"""


@app.command("set", epilog=EXAMPLES_SET)
def set_command(
    secret: Annotated[StripeSecret, typer.Argument(metavar="NAME", help=f"{' or '.join(StripeSecret)}.")],
    live: Annotated[bool, typer.Option("--live", help="Take a live key: donations are real money then.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Set one of the two, under the environment's own key; the value comes from a prompt or the standard input.

    Functions that run take it up by themselves. It is never a word of the
    command line, where other users and the shell's history would have it.
    """
    from cli.connection.target import resolve
    from cli.donations.stripe_parameters import StripeParameters
    from cli.sandbox.state_dir import StateDir

    target = resolve(env, StateDir.find())
    parameters = StripeParameters.of(target)
    text = read_secret(STDIN, secret, hint="NAME")
    fault = form_fault(secret, text, live=live)
    if fault is None and target.is_local and is_live(text):
        fault = "This is a live key, and the sandbox on this machine knows no such."
    if fault is not None:
        raise typer.BadParameter(fault, param_hint="NAME")
    parameters.put(secret, text)
    name = parameters.names[secret]
    if as_json:
        print_json({"environment": target.environment, "secret": secret, "parameter": name})
        return
    print_line(f"Set {secret} of {target.environment} ({name}).")
    if target.is_local:
        print_note("`paysandbox up` sets it back to the sandbox's own.")


@app.command("list", epilog="[bold]Example[/bold]\n  paysandbox secrets list --env dev")
def list_command(env: Environment = "local", as_json: AsJson = False) -> None:
    """Say which of the two are set, and show neither. Exit code 1 while one is missing."""
    from cli.connection.target import resolve
    from cli.donations.stripe_parameters import StripeParameters
    from cli.sandbox.state_dir import StateDir

    parameters = StripeParameters.of(resolve(env, StateDir.find()))
    there = parameters.get()
    if as_json:
        facts = [
            {"secret": secret, "parameter": name, "set": secret in there} for secret, name in parameters.names.items()
        ]
        print_json(facts, indent=2)
    else:
        from cli.terminal.columns import columns
        from cli.terminal.console import answers

        rows = [(secret, "set" if secret in there else "missing", name) for secret, name in parameters.names.items()]
        answers().print(columns(("SECRET", "IS", "PARAMETER"), rows))
    if len(there) < len(parameters.names):
        raise typer.Exit(1)
