"""Traces of payments for an OpenTelemetry collector (`paysandbox up --otlp`). Without it, nothing imports this."""
