"""Funds: the merchant's money for disbursements."""
