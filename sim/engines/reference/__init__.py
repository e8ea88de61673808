"""The reference engine: every request is a process on the clock, written to be read."""
