"""Joining control time and request time: from a scenario to a record, and to a result."""
