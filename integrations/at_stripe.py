"""`make test-stripe`: the calls of the replays at Stripe itself, with what this project expects of Stripe.

    STRIPE_TEST_KEY=sk_test_… python -m integrations.at_stripe [NAME …]

`make test` makes the same calls at the sandbox. So a difference here is a wrong expectation, and the sandbox is wrong
in the same way. Creates payments, refunds and webhook endpoints in the key's account, in test mode only.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from itertools import takewhile
from typing import Final

import httpx

from cli.terminal.failure import Failure, print_failure
from integrations.calls import Replay, Side, play
from integrations.replays import REPLAYS

VARIABLE: Final = "STRIPE_TEST_KEY"
STRIPE: Final = "https://api.stripe.com"
DIFFERS: Final = 1
MISUSED: Final = 2

_TEST_KEY: Final = "sk_test_"
_HOOKS_URL: Final = "https://example.com/hooks"


def main() -> int:
    """Make the calls. 0: Stripe answers as expected; 1: it does not; 2: there is no test key, or a name is wrong."""
    parser = argparse.ArgumentParser(prog="make test-stripe", description="Make the replays' calls at Stripe.")
    parser.add_argument("name", nargs="*", help=f"replays (all of them): {', '.join(REPLAYS)}")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.name) - REPLAYS.keys()):
        parser.error(f"{unknown[0]!r} is no replay of integrations.toml")
    try:
        side = Side(STRIPE, stripe_test_key(os.environ), _HOOKS_URL, is_stripe=True)
    except Failure as failure:
        print_failure(failure, as_json=False)
        return MISUSED
    differing = [name for name in asked.name or REPLAYS if not agrees(REPLAYS[name], side)]
    print(f"{len(differing)} of {len(asked.name or REPLAYS)} replays are answered differently than expected.")
    return DIFFERS if differing else 0


def stripe_test_key(environment: Mapping[str, str]) -> str:
    """Return the secret key of a test mode. Raises Failure for any other key, which is not shown."""
    key = environment.get(VARIABLE, "")
    if not key:
        raise Failure(
            f"{VARIABLE} is not set.", f"Set it to a secret key of Stripe's test mode, which begins with {_TEST_KEY}."
        )
    if not key.startswith(_TEST_KEY):
        raise Failure(
            f"{VARIABLE} does not begin with {_TEST_KEY}.", "A live key moves money, so it is never used here."
        )
    return key


def agrees(replay: Replay, side: Side) -> bool:
    """Make a replay's calls, print each, and return whether all answers are as expected."""
    print(f"{replay.name}:")
    if replay.sends_card_numbers:
        print("  It sends card numbers, which Stripe refuses to accounts without access to its raw card data APIs.")
    done = 0
    try:
        for answered in play(replay, side):
            print(f"  {answered.request}: {answered.status}")
            for fault in answered.faults:
                print(f"    {answered.step.operation}: {fault}")
            done += not answered.faults
    except httpx.HTTPError as error:
        print(f"  not reached: {type(error).__name__}")
    return done == len([*takewhile(lambda step: not step.is_on_a_page, replay.steps)])


if __name__ == "__main__":
    sys.exit(main())
