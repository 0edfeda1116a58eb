"""Which sandbox a command talks to, as whom, and how."""
