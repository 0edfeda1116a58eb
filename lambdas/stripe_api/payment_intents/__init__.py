"""The handlers of payment intents."""
