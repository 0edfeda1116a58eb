"""Requests, kept for a week."""
