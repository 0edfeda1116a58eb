"""The handlers of disputes."""
