"""Where people meet the coach: terminal, Slack, Matrix."""
