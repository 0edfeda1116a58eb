"""The handlers of the refunds of application fees."""
