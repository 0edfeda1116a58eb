"""The state of a sandbox: its folder, what is saved there, and images from which new ones start."""
