"""What the programs for Python share: the sandbox, and the part of the shop that the packages leave to a browser."""

import os
import sys

import stripe

API = os.environ["API"]
SECRET_KEY = os.environ["SECRET_KEY"]

stripe.api_base = API
stripe.api_key = SECRET_KEY


def worked(what: str, does: str = "") -> None:
    """Report what works, and the step of the flow (integrations.toml) that is done with it."""
    if does:
        print(f"done: {does}")
    print(f"worked: {what}", flush=True)


def expect(found: object, expected: object, what: str) -> None:
    """End with 1 unless the value is the expected one."""
    if found != expected:
        sys.exit(f"{what} is {found!r} and not {expected!r}")
