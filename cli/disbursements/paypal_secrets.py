"""`paysandbox disbursements secrets`: sets the credentials of the PayPal account, and never shows them."""

from __future__ import annotations

import json
from typing import Any, Final

import typer

from cli.disbursements.paypal_parameter import FIELDS, PaypalParameter, form_fault
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_line, print_note
from cli.terminal.secret_input import STDIN, read_secrets

app = typer.Typer(no_args_is_help=True, help="Set the credentials of the PayPal account.")

EXAMPLES_SET: Final = """[bold]Examples[/bold]
  paysandbox disbursements secrets set --env dev
  pass show paypal/dev | paysandbox disbursements secrets set --env dev
"""


@app.command("set", epilog=EXAMPLES_SET)
def set_command(env: Environment = "local", as_json: AsJson = False) -> None:
    """Set client_id, client_secret and webhook_id from a JSON object on standard input or at the prompt.

    Running functions pick up new credentials without a deployment. They are
    stored as an SSM SecureString under the KMS key of the environment's other
    secrets.
    """
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir

    target = resolve(env, StateDir.find())
    if target.is_local:
        why = "The local sandbox has its own PayPal account, which it simulates."
        raise typer.BadParameter(why, param_hint="--env")
    parameter = PaypalParameter.of(target)
    values = _object(" ".join(read_secrets(STDIN, f"JSON of {', '.join(FIELDS)}", hint="JSON")))
    fault = "This is not a JSON object of strings." if values is None else form_fault(values)
    if values is None or fault is not None:
        raise typer.BadParameter(str(fault), param_hint="JSON")
    parameter.put(values)
    if as_json:
        print_json({"environment": target.environment, "parameter": parameter.name})
        return
    print_line(f"Set the PayPal credentials of {target.environment} ({parameter.name}).")
    print_note("Pending disbursements are sent within 15 minutes.")


@app.command("show", epilog="[bold]Example[/bold]\n  paysandbox disbursements secrets show --env dev")
def show_command(env: Environment = "local", as_json: AsJson = False) -> None:
    """Show whether credentials are set, without their values. Exits with 1 if they are missing."""
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir

    target = resolve(env, StateDir.find())
    parameter = PaypalParameter.of(target)
    is_set = parameter.get() is not None
    if as_json:
        print_json({"environment": target.environment, "parameter": parameter.name, "set": is_set})
    else:
        print_line(f"{parameter.name} is {'set' if is_set else 'missing'}.")
    if not is_set:
        raise typer.Exit(1)


def _object(text: str) -> dict[str, str] | None:
    try:
        found: Any = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return None
    return found
