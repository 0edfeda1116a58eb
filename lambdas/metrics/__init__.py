"""The route of metrics."""
