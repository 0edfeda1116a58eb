"""An MCP server: the sandbox's commands as tools of a coding agent, and its objects and documentation as resources."""
