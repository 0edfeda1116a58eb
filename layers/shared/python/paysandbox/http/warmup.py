"""Prepare a new execution environment before its first request, so that no payer waits for it."""

import contextlib
import os
from collections.abc import Callable

from paysandbox.aws import runtime
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.settings import HashingKeySettings, LedgerSettings
from paysandbox.http.route import Route

Prepare = Callable[[], object]
"""What else a feature prepares: its tables, its secrets."""


def warm_up(route: Route, prepare: Prepare | None = None) -> None:
    """Create the clients and read the secrets, in Lambda only. Failures are left to the first request to report."""
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return
    settings = route.settings
    with contextlib.suppress(Exception):
        if LedgerSettings in settings:
            runtime.ledger()
        if HashingKeySettings in settings:
            hashing_keys()
        if prepare is not None:
            prepare()
