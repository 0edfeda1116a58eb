"""The account's default version of Stripe's API, which Stripe calls the version of the account ("Versioning")."""

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import StripeVersionSettings


def default_version() -> str:
    """Return the version of a request that names none, and of events for endpoints that name none."""
    return settings_of(StripeVersionSettings).stripe_version
