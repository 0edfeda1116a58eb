"""What arrives at the sandbox's port: who may do what, within which limits, and the pages of the sandbox itself."""
