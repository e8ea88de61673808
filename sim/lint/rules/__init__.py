"""The rules of lint, one module a subject; `sim.lint.table` lists them."""
