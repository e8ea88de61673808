"""Runs that are made: seeds, workers, the store that remembers them."""
