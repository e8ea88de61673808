"""Questions that many runs answer, and their answers as objects."""
