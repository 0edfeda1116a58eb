"""Handlers of merchants' funds."""
