"""Card payments: one handler per route."""
