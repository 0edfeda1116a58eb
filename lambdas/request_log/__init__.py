"""The request log: who keeps it, and its routes."""
