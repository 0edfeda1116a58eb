"""Disputes: list, show, and answer them."""
