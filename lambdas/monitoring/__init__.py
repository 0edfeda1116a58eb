"""Monitoring from outside: the probe that calls the deployed API as a merchant would."""
