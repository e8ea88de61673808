"""`sim serve`: a process that simulates, one that speaks HTTP, and what they say to each other."""
