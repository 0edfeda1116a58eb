"""The sandbox on this machine: start, stop, state and clock."""
