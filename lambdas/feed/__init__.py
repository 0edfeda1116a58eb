"""The feed of requests, events and delivery attempts."""
