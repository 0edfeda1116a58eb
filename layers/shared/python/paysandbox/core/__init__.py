"""What every feature stands on: the standard library and nothing else."""
