"""Payouts to customers (disbursements): create, list, show and cancel them."""
