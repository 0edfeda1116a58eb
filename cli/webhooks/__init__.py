"""The commands of webhooks."""
