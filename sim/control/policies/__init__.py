"""Scaling policies, one a module; `sim.control.policies.table` lists them."""
