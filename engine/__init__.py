"""The local engine: ministack in a process of its own, with what it lacks. Its Python is that of .venv-engine."""
