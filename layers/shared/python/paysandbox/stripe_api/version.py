"""The version of Stripe's API whose shapes these are."""

from typing import Final

STRIPE_VERSION: Final = "2026-10-28.endive"
"""Answered where a caller names none, and the version of the events. That of the official SDK in the lock file."""
