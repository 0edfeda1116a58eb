"""The functions that do what is due, which run on a schedule, and at once after the clock was advanced. Pure."""

from typing import Final

SWEEPS: Final = ("expire_payments", "sweep_disbursements", "sweep_deliveries")
"""Payments and disbursements first, since their timers and expiries cause webhook deliveries. One sweep of payments
does both, in the order of time."""
