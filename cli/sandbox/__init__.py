"""The sandbox on this machine: its engine, its commands and its clock."""
