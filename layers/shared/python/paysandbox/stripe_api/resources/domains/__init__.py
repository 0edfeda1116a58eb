"""Domains of payment methods, and of Apple Pay."""
