"""`make test-live`: each rail of disbursements at its provider's own sandbox, with keys from the environment.

    PAYPAL_CLIENT_ID=… PAYPAL_CLIENT_SECRET=… STRIPE_TEST_KEY=sk_test_… python -m tests.live [--pay]

A rail without keys is not run, and the program says so. ACH has no sandbox: a bank would be needed. The checks of
Stripe are in `live_stripe.py`.

The checks read, and send requests that the provider must refuse. With `--pay`, one of PayPal's also pays 1.00 USD of
play money twice under one ID, to an address without an account. AWS is in this process. Nobody has run this yet: the
providers' answers are known from their documentation only, and what stands in for them was written from it too.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Final

from cli.terminal.failure import Failure
from cli.terminal.output import print_line
from paysandbox.aws import runtime
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.paypal import (
    client as paypal_client,
    credentials as paypal_credentials,
    rail as paypal_rail,
    token as paypal_token,
)
from paysandbox.disbursements.paypal.credentials import Credentials, paypal_account
from paysandbox.disbursements.paypal.messages import error_name, payout_body
from paysandbox.disbursements.rail import ProviderUpdate, Unknown
from paysandbox.disbursements.store import tables as own_tables
from paysandbox.http.outbound import JsonAnswer
from tests import live_stripe
from tests.support.builders import disbursements
from tests.support.worlds import tables

CLIENT_ID: Final = "PAYPAL_CLIENT_ID"
CLIENT_SECRET: Final = "PAYPAL_CLIENT_SECRET"
SANDBOX: Final = "https://api-m.sandbox.paypal.com"
NOT_RUN_YET: Final = "Nobody has run this against a provider yet: a difference may be a wrong expectation of ours."
NO_SANDBOX: Final = "the ACH network has no sandbox"

DIFFERS: Final = 1
MISUSED: Final = 2

Check = Callable[[], str | None]
"""Returns the difference from what is expected, or None."""


def main() -> int:
    """Run the checks. 0: the providers answer as expected; 1: one does not; 2: there are no keys of any."""
    parser = argparse.ArgumentParser(prog="make test-live", description="Run each rail at its provider's sandbox.")
    parser.add_argument("--pay", action="store_true", help="also pay 1.00 USD of play money")
    pays: bool = parser.parse_args().pay
    differing = [_paypal(pays=pays), _stripe(pays=pays)]
    print_line(f"ach: not run: {NO_SANDBOX}.")
    if all(count is None for count in differing):
        return MISUSED
    return DIFFERS if any(differing) else 0


def _paypal(*, pays: bool) -> int | None:
    """Run the checks of PayPal, and return how many differ, or None if there are no credentials."""
    try:
        credentials = live_credentials(os.environ)
    except Failure as failure:
        return _not_run("paypal", failure)
    with tables.sandbox(paypal_api_base=SANDBOX):
        return run("paypal", [*CHECKS, *(PAYING if pays else ())], lambda: _begin(credentials))


def _stripe(*, pays: bool) -> int | None:
    """Run the checks of Stripe, and return how many differ, or None if there is no key."""
    try:
        key = live_stripe.live_key(os.environ)
    except Failure as failure:
        return _not_run("stripe", failure)
    can_pay = pays and live_stripe.ACCOUNT in os.environ
    if pays and not can_pay:
        print_line(f"stripe: nothing is paid: {live_stripe.ACCOUNT} is not set.")
    with tables.sandbox(stripe_api_base=live_stripe.API):
        checks = [*live_stripe.CHECKS, *(live_stripe.PAYING if can_pay else ())]
        return run("stripe", checks, lambda: live_stripe.begin(key))


def _not_run(rail: str, failure: Failure) -> None:
    """Say that a rail is not run, and why."""
    print_line(f"{rail}: not run: {failure.message} {failure.advice}")


def live_credentials(environment: Mapping[str, str]) -> Credentials:
    """Return the credentials in the environment. Raises Failure if one is missing; neither is shown."""
    for name in (CLIENT_ID, CLIENT_SECRET):
        if not environment.get(name):
            raise Failure(f"{name} is not set.", "Set it to that of an app in PayPal's developer dashboard (Sandbox).")
    return Credentials(
        client_id=environment[CLIENT_ID], client_secret=environment[CLIENT_SECRET], webhook_id="not used"
    )


def run(rail: str, checks: list[Check], begin: Callable[[], None]) -> int:
    """Run the checks of a rail, each after `begin`, print each, and return how many differ."""
    differing = 0
    for check in checks:
        begin()
        difference = check()
        print_line(f"{rail}: {check.__name__}: {difference or 'as expected'}")
        differing += difference is not None
    if differing:
        print_line(NOT_RUN_YET)
    return differing


def one_token_for_two_requests() -> str | None:
    """Two reads of a batch that does not exist."""
    for _ in range(2):
        answer = paypal_client.read_batch(own_tables.disbursements(), "NOSUCHBATCH12")
        if not isinstance(answer, JsonAnswer) or answer.status != 404:
            return f"{answer}"
    return None


def an_unknown_batch_is_unknown() -> str | None:
    """Asking for a batch that does not exist."""
    return _unknown(paypal_rail.rail().ask(replace(_new(), reference="NOSUCHBATCH12")))


def an_unknown_item_is_not_canceled() -> str | None:
    """Canceling an item that does not exist."""
    return _unknown(paypal_rail.rail().cancel(replace(_new(), reference="B", item_reference="NOSUCHITEM123")))


def a_wrong_secret_is_refused() -> str | None:
    """A token for another secret."""
    right = paypal_account().credentials()
    _begin(replace(right, client_secret="wrong"))
    try:
        answer = paypal_rail.rail().send(_new())
    finally:
        _begin(right)
    return None if answer == Unknown(reason="credentials_refused") else f"{answer}"


def an_amount_of_zero_is_refused() -> str | None:
    """A request that cannot pay."""
    answer = paypal_client.create_batch(own_tables.disbursements(), payout_body(replace(_new(), amount=0)))
    if isinstance(answer, JsonAnswer) and 400 <= answer.status < 500:
        name = error_name(answer.body)
        return None if name == "VALIDATION_ERROR" else f"refused as {name}"
    return f"{answer}"


def sent_twice_is_one_batch() -> str | None:
    """The same bytes twice: the second request is refused with a link to the first."""
    given = replace(_new(), amount=1_00)
    rail = paypal_rail.rail()
    first, second = rail.send(given), rail.send(replace(given, attempts=2))
    same = (
        isinstance(first, ProviderUpdate)
        and isinstance(second, ProviderUpdate)
        and first.reference == second.reference is not None
    )
    return None if same else f"{first}, then {second}"


CHECKS: Final[tuple[Check, ...]] = (
    one_token_for_two_requests,
    an_unknown_batch_is_unknown,
    an_unknown_item_is_not_canceled,
    a_wrong_secret_is_refused,
    an_amount_of_zero_is_refused,
)
PAYING: Final[tuple[Check, ...]] = (sent_twice_is_one_batch,)


def _begin(credentials: Credentials) -> None:
    """Store credentials, as in a new execution environment."""
    value = json.dumps(asdict(credentials))
    name = runtime.settings_of(paypal_credentials.PaypalSettings).paypal_credentials_parameter
    runtime.ssm().put_parameter(Name=name, Type="SecureString", Value=value, Overwrite=True)
    paypal_account.cache_clear()
    paypal_token.forget()


def _new() -> Disbursement:
    """Build a disbursement that PayPal has never seen, to an address without an account."""
    now = runtime.wall_now()
    return disbursements.accepted(created_at=now, attempts=1, email=f"paysandbox-{now:%Y%m%d%H%M%S%f}@example.com")


def _unknown(answer: ProviderUpdate | Unknown) -> str | None:
    return None if isinstance(answer, Unknown) else f"{answer}"


if __name__ == "__main__":
    sys.exit(main())
