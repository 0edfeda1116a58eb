"""The handlers of ephemeral keys."""
