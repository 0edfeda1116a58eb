"""Attempts that wait: for the cardholder (3-D Secure) or for the bank."""
