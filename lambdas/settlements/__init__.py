"""Settlements: the routes at which merchants see their batches."""
