"""Whose balance a request is about."""

from paysandbox.core.errors import Code, Refused


def owner_of(merchant: str, account: str | None) -> str:
    """Return the caller, or the merchant of its connected account (`acct_…`) if the request names one: one read.

    Raises Refused(resource_not_found), whether the account is another platform's or no account at all.
    """
    if account is None:
        return merchant
    # Few requests are for an account, and the others do not load this.
    from paysandbox.stripe_api.connect.accounts import platform_of
    from paysandbox.stripe_api.ids import merchant_of_account

    owner = merchant_of_account(account)
    if owner is None or platform_of(owner) != merchant:
        raise Refused(Code.RESOURCE_NOT_FOUND, "You have no connected account with this ID.", "account")
    return owner
