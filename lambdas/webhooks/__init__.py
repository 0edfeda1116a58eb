"""Handlers of webhooks: endpoints, events, deliveries."""
