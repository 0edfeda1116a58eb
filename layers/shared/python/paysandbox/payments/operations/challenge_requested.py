"""An attempt that waits for the cardholder."""

from paysandbox.core.record import record
from paysandbox.payments.operation import AuthorizationBegun


@record(kw_only=True)
class ChallengeRequested(AuthorizationBegun):
    """The cardholder must be authenticated before the bank is asked. `return_url` is where the page leads afterwards.

    `base_url` is the address of the API by which the caller reached it, under which the cardholder finds the page.
    `proceeds_if_unavailable`: whether the merchant wants to authorize although the issuer cannot authenticate.
    """

    base_url: str = ""
    return_url: str | None = None
    proceeds_if_unavailable: bool = True
