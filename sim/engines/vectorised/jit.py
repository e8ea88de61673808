"""How functions are compiled: the decorators of the modules with compiled code.

Such a module is executed twice, once as it is and once under a name that ends in `COMPILED`
(`compilation`); only there do the decorators compile. Numba keeps machine code on disk by that name
and by the time of the module's own file. It takes the numbers and functions of other modules as
constants and does not see when they are edited (tried: the old number stays), so that a module with
compiled code imports nothing but this one from the package, and the name has this file's checksum.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast
from zlib import crc32

F = TypeVar("F", bound=Callable[..., object])

COMPILED: Final = f"_compiled_{crc32(Path(__file__).read_bytes()):08x}"
"""The end of the name under which a module is executed to be compiled."""

_OPTIONS: Final[dict[str, Any]] = {"cache": True, "error_model": "numpy", "_nrt": False}
"""Without fastmath every operation rounds as written. Nothing here allocates, so that references
need no counting (nrt): to count those of a state's arrays at every call costs ten times the work.
"""


class Decorator(Protocol):
    """What stands before a function that is compiled."""

    def __call__(self, function: F) -> F:
        """Return the function, or its compiled form."""


def decorators(module: str) -> tuple[Decorator, Decorator]:
    """Return what compiles a function of a module, and what compiles it into its callers.

    The latter, because passing the many arrays of a state on costs more. Both do nothing in the
    form of the module that runs as it is.
    """
    if not module.endswith(COMPILED):
        return _as_it_is, _as_it_is
    import numba  # noqa: PLC0415 - it need not be installed, and takes long to load

    def compiled(function: F) -> F:
        return cast("F", numba.njit(**_OPTIONS)(function))

    def inlined(function: F) -> F:
        return cast("F", numba.njit(**_OPTIONS, forceinline=True)(function))

    return compiled, inlined


def _as_it_is(function: F) -> F:
    return function
