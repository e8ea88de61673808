"""The end of a `--help`, which every command has; loads nothing, so that none waits for it."""


def examples(*lines: str) -> str:
    """Return commands to try as the end of a `--help`, each on its line."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))
