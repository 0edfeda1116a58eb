"""The process of the local engine. Standard library and ministack only: it runs on the Python of .venv-engine."""
