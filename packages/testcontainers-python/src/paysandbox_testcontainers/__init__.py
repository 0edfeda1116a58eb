"""A Testcontainers module for Serverless Payments Sandbox."""

from paysandbox_testcontainers.container import PaysandboxContainer

__all__ = ["PaysandboxContainer"]
