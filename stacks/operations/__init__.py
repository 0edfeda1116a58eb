"""The stacks of those who operate it: monitoring, the dashboard, deployment from GitHub, and prices."""
