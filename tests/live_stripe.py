"""The Stripe rail at Stripe's test mode, for `make test-live`: with a test key of a platform (Connect) of yours.

    STRIPE_TEST_KEY=sk_test_… [STRIPE_TEST_ACCOUNT=acct_…] python -m tests.live [--pay]

The checks read, and send requests that Stripe must refuse. With `--pay` and a connected account that can receive
transfers, one also transfers 1.00 USD of play money twice under one key, and takes it back.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cli.terminal.failure import Failure
from paysandbox.aws import runtime
from paysandbox.aws.settings import StripeAccountSettings
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.rail import ProviderUpdate, Unknown
from paysandbox.disbursements.steps import Step
from paysandbox.disbursements.stripe import client as stripe_client
from paysandbox.disbursements.stripe.messages import Body, Refusal, is_reversed
from paysandbox.disbursements.stripe.rail import rail
from paysandbox.donations import stripe_secrets
from tests.support.builders import disbursements

KEY: Final = "STRIPE_TEST_KEY"
ACCOUNT: Final = "STRIPE_TEST_ACCOUNT"
API: Final = "https://api.stripe.com"
_TEST_KEYS: Final = ("sk_test_", "rk_test_")


def live_key(environment: Mapping[str, str]) -> str:
    """Return the test key in the environment. Raises Failure if there is none; it is not shown."""
    key = environment.get(KEY, "")
    if not key.startswith(_TEST_KEYS):
        raise Failure(
            f"{KEY} is not set to a test key.", "Set it to the secret key of a platform in Stripe's test mode."
        )
    return key


def begin(key: str) -> None:
    """Store a key, as in a new execution environment."""
    name = runtime.settings_of(StripeAccountSettings).stripe_key_parameter
    runtime.ssm().put_parameter(Name=name, Type="SecureString", Value=key, Overwrite=True)
    stripe_secrets.secret_key.cache_clear()


def an_unknown_transfer_is_unknown() -> str | None:
    """Asking for a transfer that does not exist."""
    return _unknown(rail().ask(replace(_new(), reference="tr_nosuchtransfer")))


def a_group_without_transfers_is_empty() -> str | None:
    """Looking for the transfer of a disbursement that was never sent."""
    found = stripe_client.find_transfer(_new())
    return None if found is None else f"{found}"


def an_unknown_account_is_refused() -> str | None:
    """A transfer that cannot pay, since there is no such account."""
    return _refused(rail().send(replace(_new(), stripe_account="acct_nosuchaccount")))


def an_amount_of_zero_is_refused() -> str | None:
    """A transfer that cannot pay, since there is nothing to pay."""
    return _refused(rail().send(replace(_new(), amount=0)))


def a_wrong_key_is_refused() -> str | None:
    """A transfer under another key."""
    right = stripe_secrets.secret_key().value()
    begin("sk_test_wrong")
    try:
        answer = rail().send(_new())
    finally:
        begin(right)
    return None if answer == Unknown(reason="credentials_refused") else f"{answer}"


def sent_twice_is_one_transfer() -> str | None:
    """The same transfer twice under one key. It is found by its group, and taken back."""
    one = replace(_new(), amount=1_00, stripe_account=os.environ.get(ACCOUNT))
    first, second = stripe_client.create_transfer(one), stripe_client.create_transfer(one)
    found = stripe_client.find_transfer(one)
    if isinstance(first, Unknown | Refusal):
        return f"{first}"
    ids = [_id(each) for each in (first, second, found)]
    stripe_client.reverse_transfer(one, first, 0)
    after = stripe_client.read_transfer(str(first["id"]))
    is_back = not isinstance(after, Unknown | Refusal) and is_reversed(after)
    return None if len(set(ids)) == 1 and is_back else f"{ids}, reversed: {is_back}"


CHECKS: Final = (
    an_unknown_transfer_is_unknown,
    a_group_without_transfers_is_empty,
    an_unknown_account_is_refused,
    an_amount_of_zero_is_refused,
    a_wrong_key_is_refused,
)
PAYING: Final = (sent_twice_is_one_transfer,)


def _new() -> Disbursement:
    """Build a disbursement that Stripe has never seen."""
    now = runtime.wall_now()
    return disbursements.accepted(
        now.microsecond, created_at=now, attempts=1, method="stripe", stripe_account="acct_nosuchaccount"
    )


def _id(found: "Body | Refusal | Unknown | None") -> object:
    return found.get("id") if isinstance(found, Mapping) else found


def _unknown(answer: ProviderUpdate | Unknown) -> str | None:
    return None if isinstance(answer, Unknown) else f"{answer}"


def _refused(answer: ProviderUpdate | Unknown) -> str | None:
    return None if isinstance(answer, ProviderUpdate) and answer.step is Step.FAIL else f"{answer}"
