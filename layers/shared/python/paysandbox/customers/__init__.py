"""Customers: who a merchant pays out to."""
