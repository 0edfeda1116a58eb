"""Handlers of merchants' balances."""
