"""The handlers of early fraud warnings."""
