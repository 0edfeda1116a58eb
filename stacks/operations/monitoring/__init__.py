"""Parts of the monitoring stack: metrics, costs, dashboard, alarms, budget and probe, one module each."""
