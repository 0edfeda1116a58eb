"""The handlers of webhook endpoints."""
