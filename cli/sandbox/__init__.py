"""A sandbox of this machine: up, down, its state, its clock."""
