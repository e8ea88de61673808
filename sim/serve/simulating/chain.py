"""The lines of a journal: each has its number, and a checksum over itself and the one before.

So a digit that flipped, a line that is missing, one too many or one in another's place is found,
and the line where it shows.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

NUMBER: Final = "n"
PROOF: Final = "sum"
_PROOF_DIGITS: Final = 16
_TAIL_BYTES: Final = len(b',"sum":""}') + _PROOF_DIGITS


class BrokenLineError(Exception):
    """A line is not what was written there."""

    def __init__(self, number: int, reason: str) -> None:
        """Keep where, from 1, and what is wrong."""
        super().__init__(reason)
        self.number = number


@dataclass(frozen=True, slots=True)
class Chain:
    """How far a journal goes: its number of lines, and the checksum of the last."""

    count: int = 0
    proof: str = ""

    def line(self, entry: Mapping[str, Any]) -> tuple[bytes, Self]:
        """Return the next line, with its newline, and the chain that ends with it."""
        text = json.dumps({NUMBER: self.count + 1, **entry}, separators=(",", ":"), allow_nan=False)
        body = text[:-1].encode()
        proof = self._proof_of(body)
        return b'%s,"%s":"%s"}\n' % (body, PROOF.encode(), proof.encode()), type(self)(
            self.count + 1, proof
        )

    def read(self, line: bytes) -> tuple[dict[str, Any], Self]:
        """Return what the next line says, without number and checksum, and the chain with it.

        Args:
            line: Without its newline.

        Raises:
            BrokenLineError: It is not the line that was written there.
        """
        here = self.count + 1
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict) or not {NUMBER, PROOF} <= said.keys():
            raise BrokenLineError(here, "is no line of a journal")
        if said[NUMBER] != here:
            reason = f"is line {str(said[NUMBER])[:20]} of the journal, where line {here} belongs"
            raise BrokenLineError(here, reason)
        proof = self._proof_of(line[:-_TAIL_BYTES])
        if line[-_TAIL_BYTES:] != b',"%s":"%s"}' % (PROOF.encode(), proof.encode()):
            raise BrokenLineError(here, "is not what was written: its checksum is another")
        del said[NUMBER], said[PROOF]
        return said, type(self)(here, proof)

    def _proof_of(self, body: bytes) -> str:
        return sha256(self.proof.encode() + body).hexdigest()[:_PROOF_DIGITS]


def whole_lines(content: bytes) -> Iterator[bytes]:
    """Yield the lines that were written whole, each without its newline.

    What a crash leaves at the end is left out: a line without its newline, and what a file system
    has filled with NULs, which no line of JSON holds.
    """
    lines = content.split(b"\n")[:-1]
    while lines and (not lines[-1] or b"\0" in lines[-1]):
        lines.pop()
    yield from lines
