"""Integrations that others wrote, run against the sandbox: `make integrations`."""
