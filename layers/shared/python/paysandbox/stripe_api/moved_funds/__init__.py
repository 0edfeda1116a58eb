"""Transfers to connected accounts, their reversals, and payouts: objects that are stored with what they move."""
