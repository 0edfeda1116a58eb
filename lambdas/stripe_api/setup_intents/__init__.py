"""The handlers of setup intents."""
