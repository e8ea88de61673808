"""`sim serve`: what its two processes say to each other."""
