"""Stored endpoints, their secrets and their health."""
