"""Rules that inject faults into a merchant's requests: created, listed, deleted, and the log of what they did."""
