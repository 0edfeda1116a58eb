"""Disputes: their list, the evidence that a merchant collects, and how a merchant answers."""
