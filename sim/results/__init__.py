"""What a run came to: tables, figures of merit, cost, files and the words of the summary.

Reads `sim.record` and never changes it; draws nothing (see `sim.plots`).
"""
