"""The process of the local engine. It runs on .venv-engine's Python: standard library and ministack only."""
