"""Builders of what tests begin from: payments, disputes, scenarios of requests. No AWS, no network."""
