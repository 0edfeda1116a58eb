"""The version of Stripe's API that this API implements."""

from typing import Final

STRIPE_VERSION: Final = "2026-10-28.endive"
"""Used if a request names no version, and for events. The version of the official SDK in the lock file."""
