"""Handlers of simulated steps and of merchants' settings."""
