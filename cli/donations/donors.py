"""`paysandbox donors`: make a donor of the Cognito pool, and sign one in for a token."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import ask_secret, print_json, print_line, print_note
from cli.terminal.secret_input import secret_option

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.donations.donor_pool import DonorPool

VARIABLE: Final = "PAYSANDBOX_DONOR_PASSWORD"

# What is certainly none is told before AWS is asked; the pool judges the rest.
_EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,250}")

app = typer.Typer(no_args_is_help=True, help="Make a donor, and sign one in: who donates is a user of a Cognito pool.")


def address(text: str | None) -> str | None:
    """The e-mail address as the pool keeps it. Refuses, as misuse, what has not its form."""
    if text is not None and _EMAIL.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not an e-mail address.")
    return None if text is None else text.lower()


Email = Annotated[
    str | None,
    typer.Option("--email", metavar="ADDRESS", callback=address, help="Who. Default, locally: a demo donor."),
]
Password = Annotated[str | None, secret_option("password", "The donor's password", VARIABLE, variable=VARIABLE)]

EXAMPLES_CREATE = """[bold]Examples[/bold]
  paysandbox donors create                                   any name, at this machine
  paysandbox donors create --email jo@example.com --name Jo
  paysandbox donors create --email jo@example.com --env dev --json
"""


@app.command(epilog=EXAMPLES_CREATE)
def create(
    email: Annotated[
        str | None,
        typer.Option("--email", metavar="ADDRESS", callback=address, help="Default, locally: a fresh one."),
    ] = None,
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="As receipts and lists have it.")] = "Jo Donor",
    password: Password = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Make a donor who can sign in at once. The address counts as verified.

    Without a password one is made. It is shown now, and kept nowhere.
    """
    import secrets

    target = _target(env)
    if email is None and not target.is_local:
        raise typer.BadParameter("Say whose address it is.", param_hint="--email")
    pool = _pool(target)
    donor = pool.create(email or f"donor-{secrets.token_hex(4)}@donate-now.example", name, password)
    if as_json:
        facts = {"email": donor.email, "name": donor.name, "user_id": donor.user_id}
        print_json(facts if password else {**facts, "password": donor.password})
        return
    print_line(donor.email)
    if not password:
        print_note(f"Password, shown this once: {donor.password}")
    print_note(f"A token: paysandbox donors token --email {donor.email}{_env_option(target)}")


EXAMPLES_SIGN_IN = """[bold]Examples[/bold]
  TOKEN=$(paysandbox donors token)              of the demo donor, locally
  paysandbox donors token --email jo@example.com --env dev
  pass show donors/jo | paysandbox donors token --email jo@example.com --password-file -
  curl -H "Authorization: Bearer $TOKEN" "$PAYSANDBOX_BASE_URL/donations/mine"
"""


@app.command(epilog=EXAMPLES_SIGN_IN)
def token(
    email: Email = None,
    password: Password = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Sign a donor in and print the id token, which the API takes as Bearer for an hour.

    The password is asked for where it is not given. The demo donor, who is
    there on this machine only, has none that anybody would need.
    """
    target = _target(env)
    signed_in = sign_in(target, email, password)
    print_json({"token": signed_in}) if as_json else print_line(signed_in)


def sign_in(target: Target, email: str | None, password: str | None) -> str:
    """The id token of a donor; locally of the demo donor where none is named. Asks for a password that is missing."""
    if email is None and not target.is_local:
        raise typer.BadParameter("Say who donates: there is a demo donor on this machine only.", param_hint="--email")
    pool = _pool(target)
    return pool.demo_token() if email is None else pool.token(email, password or _asked_for(email))


def _asked_for(email: str) -> str:
    if not sys.stdin.isatty():
        raise Failure(
            f"There is no password of {email}.",
            f"Give it in {VARIABLE} or by --password-file, or ask at a terminal.",
        )
    return ask_secret(f"Password of {email}")


def _pool(target: Target) -> DonorPool:
    from cli.donations.donor_pool import DonorPool

    return DonorPool.of(target)


def _target(env: str) -> Target:
    from cli.connection.target import resolve
    from cli.sandbox.state_dir import StateDir

    return resolve(env, StateDir.find())


def _env_option(target: Target) -> str:
    return "" if target.is_local else f" --env {target.environment}"
