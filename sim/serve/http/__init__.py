"""The HTTP side of `sim serve`: the API over a running simulation, which is another process."""
