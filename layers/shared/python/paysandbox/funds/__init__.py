"""Funds: what a merchant has for disbursements."""
