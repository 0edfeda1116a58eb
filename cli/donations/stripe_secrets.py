"""`paysandbox donations secrets`: sets the Stripe API keys and webhook secret, and never shows them."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.donations.stripe_parameters import NEEDED, StripeSecret, form_fault, is_live
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_line, print_note
from cli.terminal.secret_input import STDIN, read_secret

app = typer.Typer(no_args_is_help=True, help="Set the Stripe API keys and webhook secret.")

EXAMPLES_SET = """[bold]Examples[/bold]
  paysandbox donations secrets set STRIPE_SECRET_KEY --env dev
  pass show stripe/dev | paysandbox donations secrets set STRIPE_SECRET_KEY --env dev
  paysandbox donations secrets set STRIPE_WEBHOOK_SECRET --env prod
"""


@app.command("set", epilog=EXAMPLES_SET)
def set_command(
    secret: Annotated[StripeSecret, typer.Argument(metavar="SECRET", help=f"{', '.join(StripeSecret)}.")],
    live: Annotated[bool, typer.Option("--live", help="Allow a live key. Donations then move real money.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Set a credential. The value comes from a prompt or from standard input, never from an argument.

    Running functions pick up the new value without a deployment. A secret is
    stored as an SSM SecureString under the KMS key of the environment's others.
    """
    from cli.connection.target import resolve
    from cli.donations.stripe_parameters import StripeParameters
    from cli.state.state_dir import StateDir

    target = resolve(env, StateDir.find())
    parameters = StripeParameters.of(target)
    text = read_secret(STDIN, secret, hint="SECRET")
    fault = form_fault(secret, text, live=live)
    if fault is None and target.is_local and is_live(text):
        fault = "This is a live key, which the local sandbox does not accept."
    if fault is not None:
        raise typer.BadParameter(fault, param_hint="SECRET")
    parameters.put(secret, text)
    name = parameters.names[secret]
    if as_json:
        print_json({"environment": target.environment, "secret": secret, "parameter": name})
        return
    print_line(f"Set {secret} of {target.environment} ({name}).")
    if target.is_local:
        print_note("The next `paysandbox up` resets it to the sandbox's own value.")


@app.command("list", epilog="[bold]Example[/bold]\n  paysandbox donations secrets list --env dev")
def list_command(env: Environment = "local", as_json: AsJson = False) -> None:
    """Show which credentials are set, without their values. Exits with 1 if a secret is missing."""
    from cli.connection.target import resolve
    from cli.donations.stripe_parameters import StripeParameters
    from cli.state.state_dir import StateDir

    parameters = StripeParameters.of(resolve(env, StateDir.find()))
    there = parameters.get()
    if as_json:
        facts = [
            {"secret": secret, "parameter": name, "set": secret in there} for secret, name in parameters.names.items()
        ]
        print_json({"data": facts})
    else:
        from cli.terminal.columns import columns
        from cli.terminal.console import answers

        rows = [(secret, "set" if secret in there else "missing", name) for secret, name in parameters.names.items()]
        answers().print(columns(("SECRET", "STATUS", "PARAMETER"), rows))
    if not all(secret in there for secret in NEEDED):
        raise typer.Exit(1)
