"""Transfers to connected accounts, and their reversals: stored with what they move."""
