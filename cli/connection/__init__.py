"""Connections to a sandbox: its URL, the merchant's key, and HTTP."""
