"""Why a command is not carried out: each way in which the worker says no."""

from typing_extensions import override

from sim.serve.protocol.said import ApiFault, Faulted, Refused, Reply, Unserved
from sim.wire.errors import Fault


class Refusal(Exception):  # noqa: N818 - an answer, and no error of the program
    """Base of what ends a command; nothing has changed."""

    def to_line(self, number: int) -> Reply:
        """Return the line that answers the command of that number."""
        raise NotImplementedError  # the base alone is never raised


class Faulty(Refusal):
    """An error that the API documents."""

    def __init__(self, fault: Fault) -> None:
        """Keep the error."""
        super().__init__(fault.error_name)
        self.fault = fault

    @override
    def to_line(self, number: int) -> Reply:
        fault = self.fault
        said = ApiFault(
            status=fault.http_status,
            errorCode=fault.error_code.value,
            errorName=fault.error_name,
            errorDescription=fault.error_description,
            parameters=fault.parameters,
        )
        return Faulted(id=number, fault=said)


class Unavailable(Refusal):
    """429 or 503: nothing was done, and the answer has no body."""

    def __init__(self, status: int) -> None:
        """Keep the status."""
        super().__init__(status)
        self.status = status

    @override
    def to_line(self, number: int) -> Reply:
        return Unserved(id=number, status=self.status)


class Senseless(Refusal):
    """A command of the simulator's own that makes no sense."""

    @override
    def to_line(self, number: int) -> Reply:
        return Refused(id=number, refused=str(self))


class NoRoom(Refusal):
    """The journal takes no more: nothing was done, and may be asked for again."""

    @override
    def to_line(self, number: int) -> Reply:
        words = f"the journal of the run cannot be written: {self}; nothing was done"
        return Refused(id=number, refused=words, status=503)
