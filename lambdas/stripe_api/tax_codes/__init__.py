"""The handlers of tax codes."""
