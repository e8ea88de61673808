"""The vectorised engine: which thread of which replica serves which request, on arrays.

It begins with `engine`; docs/engine.md has its modules in the order in which one calls the next.
"""
