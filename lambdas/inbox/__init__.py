"""Handlers of the inbox."""
