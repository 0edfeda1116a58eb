"""Payouts of funds to a bank account: stored with what they move."""
