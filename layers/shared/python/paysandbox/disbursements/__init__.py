"""Disbursements: money that a merchant pays out to its customers through a provider."""
