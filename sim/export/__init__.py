"""A finished run in the form of another program; one module a form, and what forms share."""
