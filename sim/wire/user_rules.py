"""Users' own rules, by name: ``file.py:name`` or ``package.module:name``.

Reading such a name runs the Python file that it names.
"""

import importlib
import sys
from collections.abc import Iterable
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Final

from sim.errors import Problem, ScenarioError
from sim.wire.rule import Rule
from sim.wire.rules import RULES

_CODE: Final = "user-rule"
"""Name of the rule that a reference itself breaks if it cannot be read."""


def load_rules(references: Iterable[str], *, base_dir: Path | None = None) -> tuple[Rule, ...]:
    """Return the rules that *references* name, in their order.

    Args:
        references: Each ``file.py:name`` or ``package.module:name``.
        base_dir: Directory that relative files start from; None: the working directory.

    Raises:
        ScenarioError: A reference names no rule, or two rules have the same name.
    """
    found: list[Rule] = []
    for reference in references:
        loaded = _load(reference, base_dir)
        if any(loaded.name == other.name for other in (*RULES, *found)):
            raise _refused(reference, f"is named {loaded.name!r}, as another rule already is")
        found.append(loaded)
    return tuple(found)


def _load(reference: str, base_dir: Path | None) -> Rule:
    where, separator, name = reference.rpartition(":")
    if not separator or not where or not name.isidentifier():
        raise _refused(reference, "must be file.py:name or package.module:name")
    try:
        module = (
            _run_file(reference, (base_dir or Path()) / where)
            if where.endswith(".py")
            else importlib.import_module(where)
        )
    except ScenarioError:
        raise
    except Exception as error:
        reason = f"cannot be imported: {type(error).__name__}: {error}"
        raise _refused(reference, reason) from error
    if not hasattr(module, name):
        raise _refused(reference, f"names nothing: {where} has no {name!r}")
    value = getattr(module, name)
    if not isinstance(value, Rule):
        kind = "a function without the decorator" if callable(value) else type(value).__name__
        reason = f"is no rule but {kind}: put @rule(...) from sim.wire.rule before the function"
        raise _refused(reference, reason)
    return value


def _run_file(reference: str, path: Path) -> ModuleType:
    if not path.is_file():
        raise _refused(reference, f"cannot be read: there is no file {path}")
    name = f"sim_rules_{path.stem}_{sha256(str(path.resolve()).encode()).hexdigest()[:8]}"
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses and pydantic look their classes' modules up
    SourceFileLoader(name, str(path)).exec_module(module)
    return module


def _refused(reference: str, message: str) -> ScenarioError:
    return ScenarioError(Problem(rule=_CODE, path=("rules",), value=reference, message=message))
