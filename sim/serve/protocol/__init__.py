"""The lines that the two processes of `sim serve` say to each other: one JSON object a line.

The HTTP process sends commands; the simulating process says that it is ready, what it shows, what
has happened, and what a command is answered. Both make and read lines by the types in here, which
own their names and shapes. What a command does is `sim.serve.simulating.commands`; what an answer
means to a client is `sim.serve.http.answers`. docs/live.md has it all as tables,
`sim schema --of serve` as a schema.
"""
