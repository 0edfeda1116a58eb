"""The handlers of products beside those of the kit."""
