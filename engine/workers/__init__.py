"""The processes in which functions run, how they are started and invoked, and which code they have."""
