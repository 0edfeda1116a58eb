"""What the engine keeps in memory and on disk: tables, logs and streams, and the snapshots of them."""
