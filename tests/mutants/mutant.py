"""What a planted bug is. The other modules here are tables of them, each named `MUTANTS`."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """A bug to plant in a copy of the package, and the test that must notice.

    Attributes:
        breaks: The rule that no longer holds.
        file: Where, relative to the package.
        before: Text that stands exactly once in the file.
        after: What is put in its place.
        caught_by: The test that answers for the rule, relative to the tests.
    """

    breaks: str
    file: str
    before: str
    after: str
    caught_by: str
