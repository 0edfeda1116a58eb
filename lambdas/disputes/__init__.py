"""Handlers of disputes."""
