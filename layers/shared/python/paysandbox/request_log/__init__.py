"""The request log: every request of the last seven days."""
