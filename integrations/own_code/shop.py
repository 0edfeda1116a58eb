"""What the programs for Python share: the sandbox, and the part of the shop that the packages leave to a browser."""

import os
import sys

import stripe

API = os.environ["API"]
SECRET_KEY = os.environ["SECRET_KEY"]

stripe.api_base = API
stripe.api_key = SECRET_KEY


def worked(step: str) -> None:
    """Report a step that works."""
    print(f"worked: {step}", flush=True)


def principal_flow_done() -> None:
    """Report that what follows is beyond the principal flow, which decides whether the package runs."""
    print("principal flow done", flush=True)


def expect(found: object, expected: object, what: str) -> None:
    """End with 1 unless the value is the expected one."""
    if found != expected:
        sys.exit(f"{what} is {found!r} and not {expected!r}")
