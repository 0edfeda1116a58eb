"""Connections to a sandbox: its address, the merchant's key, and HTTP."""
