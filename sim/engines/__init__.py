"""Request time: what happens to each request between its arrival and its answer, twice over."""
