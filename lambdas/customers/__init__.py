"""Handlers of customers."""
