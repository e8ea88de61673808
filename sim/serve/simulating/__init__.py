"""A scenario that is played while people and programs act on it: the process behind the server."""
