"""`paysandbox donations sign-up` and `sign-in`: create a donor in the Cognito user pool, and get an ID token."""

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

# Obvious mistakes are reported before AWS is called; the pool validates the rest.
_EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,250}")


def address(text: str | None) -> str | None:
    """The email address in lower case, as the pool stores it."""
    if text is not None and _EMAIL.fullmatch(text) is None:
        raise typer.BadParameter(f"{text!r} is not an email address.")
    return None if text is None else text.lower()


Email = Annotated[
    str | None,
    typer.Option("--email", metavar="ADDRESS", callback=address, help="The donor. Default, locally: the demo donor."),
]
Password = Annotated[str | None, secret_option("password", "The donor's password", VARIABLE, variable=VARIABLE)]

EXAMPLES_SIGN_UP: Final = """[bold]Examples[/bold]
  paysandbox donations sign-up                               with a generated address
  paysandbox donations sign-up --email jo@example.com --name Jo
  paysandbox donations sign-up --email jo@example.com --env dev --json
"""


def sign_up(
    email: Annotated[
        str | None,
        typer.Option("--email", metavar="ADDRESS", callback=address, help="Default, locally: a generated address."),
    ] = None,
    name: Annotated[
        str, typer.Option("--name", metavar="TEXT", help="The name on receipts and in the public list.")
    ] = "Jo Donor",
    password: Password = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Create a donor who can sign in at once. The e-mail address counts as verified.

    Without a password one is generated. It is shown once and not stored.
    """
    import secrets

    target = _target(env)
    if email is None and not target.is_local:
        raise typer.BadParameter("An email address is required outside the local sandbox.", param_hint="--email")
    pool = _pool(target)
    donor = pool.create(email or f"donor-{secrets.token_hex(4)}@donate-now.example", name, password)
    if as_json:
        facts = {"email": donor.email, "name": donor.name, "user_id": donor.user_id}
        print_json(facts if password else {**facts, "password": donor.password})
        return
    print_line(donor.email)
    if not password:
        print_note(f"Password (shown once): {donor.password}")
    print_note(f"Get an ID token: paysandbox donations sign-in --email {donor.email}{_env_option(target)}")


EXAMPLES_SIGN_IN: Final = """[bold]Examples[/bold]
  TOKEN=$(paysandbox donations sign-in)         the demo donor, locally
  paysandbox donations sign-in --email jo@example.com --env dev
  pass show donors/jo | paysandbox donations sign-in --email jo@example.com --password-file -
  curl -H "Authorization: Bearer $TOKEN" "$PAYSANDBOX_BASE_URL/donations/mine"
"""


def print_token(
    email: Email = None,
    password: Password = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Sign a donor in and print the ID token, which the API accepts as a bearer token for one hour.

    Prompts for the password if it is not given. The demo donor exists only in
    the local sandbox and needs no password.
    """
    target = _target(env)
    signed_in = sign_in(target, email, password)
    print_json({"token": signed_in}) if as_json else print_line(signed_in)


def sign_in(target: Target, email: str | None, password: str | None) -> str:
    """A donor's ID token; locally the demo donor's by default. Prompts for a missing password."""
    if email is None and not target.is_local:
        raise typer.BadParameter(
            "An email address is required: the demo donor exists only in the local sandbox.", param_hint="--email"
        )
    pool = _pool(target)
    return pool.demo_token() if email is None else pool.token(email, password or _prompted_password(email))


def _prompted_password(email: str) -> str:
    if not sys.stdin.isatty():
        raise Failure(
            f"No password was given for {email}.",
            f"Set {VARIABLE}, use --password-file, or run the command in a terminal.",
        )
    return ask_secret(f"Password for {email}")


def _pool(target: Target) -> DonorPool:
    from cli.donations.donor_pool import DonorPool

    return DonorPool.of(target)


def _target(env: str) -> Target:
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir

    return resolve(env, StateDir.find())


def _env_option(target: Target) -> str:
    return "" if target.is_local else f" --env {target.environment}"
