"""The commands, a module a group; heavy imports happen when a command runs."""
