"""The handlers of transfers and their reversals."""
