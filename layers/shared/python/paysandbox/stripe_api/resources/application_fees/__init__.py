"""Application fees of connected accounts' charges, and their refunds."""
