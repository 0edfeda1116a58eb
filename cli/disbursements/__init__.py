"""Disbursements, payments to customers: create, list, show and cancel them."""
