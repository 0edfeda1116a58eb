"""Billing: subscriptions, their invoices, and what time does with both. Each collected invoice is one payment."""
