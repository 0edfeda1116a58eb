"""Rules that inject faults into requests."""
