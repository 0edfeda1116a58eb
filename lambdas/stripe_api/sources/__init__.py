"""The handlers of sources."""
