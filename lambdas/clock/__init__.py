"""Handlers of the environment's clock."""
