"""What requests about connected accounts do."""
