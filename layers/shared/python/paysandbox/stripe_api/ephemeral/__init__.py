"""Ephemeral keys: how they are made and found, and what they open."""
