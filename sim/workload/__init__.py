"""When requests come and how much each asks for: a scenario's traffic as arrays.

Knows nothing of replicas or of time passing: a workload is settled by the scenario and the seed
alone, before the run, so that both request engines and any two configurations see the same one.
"""
