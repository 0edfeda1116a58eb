"""The result of a challenge."""

from paysandbox.core.record import record
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.operation import Operation


@record(kw_only=True)
class Authentication(Operation):
    """The result of a challenge. If the attempt proceeds, its authorization is recorded in the same write, unless the
    intent is confirmed manually: then it waits for the merchant to confirm it again.

    `failed`: the attempt ends without an authorization.
    """

    challenge_id: str
    result: AuthenticationResult
    failed: bool = False
