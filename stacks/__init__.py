"""The infrastructure: one module per stack. `environments.py` sets their size and retention."""
