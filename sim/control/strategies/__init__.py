"""Rollout strategies, one a module; `sim.control.strategies.table` lists them."""
