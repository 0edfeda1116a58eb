"""What the engine counts, and what it shows at /metrics.prom."""
