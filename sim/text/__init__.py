"""The summary of a run in words."""
