"""Pictures of a run, drawn from what `sim.results` made ready; the only home of matplotlib."""
