"""M/M/c on cimba: its processes, compiled, with the figures of `simulate`.

A store of arrival instants and a process a thread, as in cimba's own examples; two data sets keep
each wait and response, from which NumPy makes the quantiles. cimba draws its own random numbers.
"""

import cimba
import numpy as np
from cimba import inputs

from made import EVALUATION_S
from peers.figures import Figures, figures


def _model(servers: int) -> type[cimba.Model]:
    """Return the model with this many threads: their number is part of what is compiled."""

    class Mmc(cimba.Model):
        """One line, `servers` threads."""

        gap_s: cimba.Input[float]
        service_s: cimba.Input[float]
        line: cimba.Store[float] = cimba.Store()
        wait_s: cimba.Dataset = cimba.Dataset()
        response_s: cimba.Dataset = cimba.Dataset()
        busy: cimba.Dataset = cimba.Dataset()
        running: int = 0
        arrived: int = 0
        arrived_count: cimba.Output[int]
        running_count: cimba.Output[int]

        @cimba.process
        def arrivals(self) -> None:
            while True:
                cimba.hold(self.gap_s.next())
                self.arrived += 1
                self.line.put(cimba.now())

        @cimba.process(copies=servers)
        def thread(self) -> None:
            while True:
                arrival_at_s = self.line.get()
                wait_s = cimba.now() - arrival_at_s
                self.running += 1
                cimba.hold(self.service_s.next())
                self.running -= 1
                self.wait_s.record(wait_s)
                self.response_s.record(cimba.now() - arrival_at_s)

        @cimba.process
        def watch(self) -> None:
            while True:
                self.busy.record(self.running)
                cimba.hold(EVALUATION_S)

        @cimba.on_end
        def count(self) -> None:
            self.arrived_count = self.arrived
            self.running_count = self.running

    return Mmc


class CimbaMmc:
    """M/M/c, compiled when it is made, so that runs are warm."""

    def __init__(self, *, rate_per_s: float, service_s: float, servers: int) -> None:
        """Configure and compile."""
        self._servers = servers
        self._model = _model(servers)()
        self._model.gap_s = inputs.dist.exponential(mean=1 / rate_per_s)
        self._model.service_s = inputs.dist.exponential(mean=service_s)
        self._model.wait_s.capture()
        self._model.response_s.capture()
        self._model.busy.capture()
        self.simulate(horizon_s=10 * service_s)

    def simulate(self, *, horizon_s: float) -> Figures:
        """Return the figures of one run over `[0, horizon_s)`, on one core.

        Raises:
            RuntimeError: cimba says that the run failed.
        """
        experiment = cimba.Experiment(self._model, window=cimba.Window(duration=horizon_s), seed=7)
        results = experiment.run(workers=1)
        if results.failed.any():
            raise RuntimeError(f"cimba: {results.failure_reasons}")
        found = results[self._model]
        wait_s, response_s, busy = (
            np.asarray(signal.trial(0, 0)[1])
            for signal in (found.wait_s, found.response_s, found.busy)
        )
        arrived, running = int(found.arrived_count[0, 0]), int(found.running_count[0, 0])
        return figures(
            arrived=arrived,
            queued=arrived - running - len(response_s),
            running=running,
            wait_s=wait_s,
            response_s=response_s,
            load=busy / self._servers,
        )
