"""Funds: the merchant's money for payouts."""
