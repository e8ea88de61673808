"""The laws that hold for the package as a whole, read from its source.

Which part may know of which, where each heavy library lives, and what no module may do.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import sim

PACKAGE = Path(sim.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

ROWS = (
    {
        "addresses",
        "errors",
        "free_memory",
        "grains",
        "json_schema",
        "progress",
        "random",
        "reasons",
        "spans",
        "states",
        "strict_json",
        "suffixes",
        "units",
        "whole_files",
        "zones",
    },
    {"extras", "palette"},
    {"recordings", "wire"},
    {"scenario"},
    {"workload"},
    {"digest", "waiting"},
    {"clock", "record"},
    {"engines"},
    {"control", "results"},
    {"lint", "simulation"},
    {"studies"},
    {"export", "plots", "text"},
    {"pages", "testing"},
    {"foundry", "serve"},
    {"cli"},
    {"__main__"},
)
"""The parts of the package; a module imports from its own part and from the rows above it.

Parts of one row know nothing of each other: control decides and results tell, and what both need
stands above them.
"""

UPWARD = {
    ("results/result.py", "lint"),
    ("results/result.py", "pages"),
    ("results/result.py", "plots"),
    ("results/result.py", "text"),
    ("scenario/reading/trace_horizon.py", "workload"),
    ("studies/answers/compared.py", "plots"),
    ("studies/answers/compared.py", "text"),
    ("studies/answers/study.py", "plots"),
    ("studies/answers/study.py", "text"),
    ("studies/plans/plan.py", "text"),
}
"""Imports against the rows, each inside a function: `result.plot()` is a user's short cut, and so
are `result.report()`, `study.plot()` and what a notebook shows of a run or a study. A horizon that
follows the traces is known when they have been read."""

HOMES = {
    "click": {"cli"},
    "distributed": {"studies/runs"},
    "fastapi": {"serve/http"},
    "foundry_sdk": {"foundry", "testing"},
    "hypothesis": {"testing"},
    "jinja2": {"pages"},
    "markupsafe": {"pages"},
    "matplotlib": {"plots"},
    "pandas": {"results", "studies/answers"},
    "perfetto": {"export"},
    "prometheus_client": {"serve/http"},
    "pyarrow": {"recordings", "results", "scenario/models", "workload"},
    "pytest": {"testing"},
    "pydantic": {
        "errors",
        "json_schema",
        "lint",
        "pages",
        "recordings",
        "results",
        "scenario/models",
        "scenario/reading",
        "scenario/rules",
        "scenario/schema",
        "serve/http",
        "serve/protocol",
        "studies/answers",
        "studies/estimates",
        "studies/plans",
        "testing",
        "units",
        "wire",
    },
    "ruamel": {"scenario/reading"},
    "scipy": {"studies/estimates"},
    "sqlite3": {"studies/runs"},
    "numba": {"engines/vectorised"},
    "simpy": {"clock", "control", "engines/reference"},
    "starlette": {"serve/http"},
    "uvicorn": {"serve/http"},
    "zoneinfo": {"zones"},
}
"""Library -> the parts that may import it, or the rooms of a part that has rooms."""

ROOMS: dict[str, dict[str, set[str]]] = {
    "engines": {
        "contract": set(),
        "reference": {"contract"},
        "vectorised": {"contract"},
    },
    "scenario": {
        "models": set(),
        "rules": {"models"},
        "schema": {"models", "rules"},
        "reading": {"models", "rules", "schema"},
    },
    "serve": {
        "protocol": set(),
        "http": {"protocol"},
        "simulating": {"protocol"},
    },
    "studies": {
        "estimates": set(),
        "runs": set(),
        "answers": {"estimates", "runs"},
        "plans": {"answers", "estimates", "runs"},
    },
}
"""Parts with rooms: each room with the others that it imports from."""

SIMULATION = ("sim.simulation", "sim.engines", "sim.control", "sim.results")
"""What the HTTP process does without."""

LAZY = {"pandas", "pyarrow", "matplotlib"}
"""Libraries that a part outside `plots`, `recordings`, `results` imports only inside a function."""


@dataclass(frozen=True)
class Import:
    """One import: the module that has it, what it names, and when it is carried out."""

    module: str
    target: str
    inside_function: bool
    for_types_only: bool

    @property
    def part(self) -> str:
        """The part of the package that imports: the first folder's or the module's name."""
        return Path(self.module).parts[0].removesuffix(".py")

    @property
    def room(self) -> str:
        """The folder in that part, as a path: `serve/http`."""
        return Path(self.module).parent.as_posix()

    @property
    def library(self) -> str:
        """The top-level package that is imported."""
        return self.target.split(".")[0]


def name_of(path: Path) -> str:
    """Return *path* as it is written in messages: relative to the package."""
    return path.relative_to(PACKAGE).as_posix()


def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of the module at *path*."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports_of(path: Path) -> Iterator[Import]:
    """Yield every import of the module at *path*, those inside functions too."""

    def visit(node: ast.AST, *, in_function: bool, for_types: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            is_function, is_guard = in_function, for_types
            match child:
                case ast.Import(names=names):
                    for alias in names:
                        yield Import(name_of(path), alias.name, in_function, for_types)
                case ast.ImportFrom(module=module):
                    yield Import(name_of(path), module or "", in_function, for_types)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                    is_function = True
                case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                    is_guard = True
                case _:
                    pass
            yield from visit(child, in_function=is_function, for_types=is_guard)

    yield from visit(tree_of(path), in_function=False, for_types=False)


IMPORTS = [found for path in MODULES for found in imports_of(path)]


def row_of(part: str) -> int:
    """Return the row in which *part* stands.

    Raises:
        LookupError: No row has it: a new part of the package needs a place in `ROWS`.
    """
    for number, parts in enumerate(ROWS):
        if part in parts:
            return number
    raise LookupError(f"{part} stands in no row")


def test_every_part_of_the_package_stands_in_one_row() -> None:
    """No module escapes the law of directions, and no row names what does not exist."""
    parts = {Path(name_of(path)).parts[0].removesuffix(".py") for path in MODULES} - {"__init__"}

    assert sorted(part for row in ROWS for part in row) == sorted(parts)


def test_a_module_imports_only_from_rows_above_its_own() -> None:
    """Results know of the record and not of the engine; requests know nothing of control."""
    wrong = []
    for found in IMPORTS:
        if not found.target.startswith("sim.") or found.module == "__init__.py":
            continue
        target = found.target.split(".")[1]
        is_own = target == found.part
        is_excused = found.inside_function and (found.module, target) in UPWARD
        if not is_own and not is_excused and row_of(target) >= row_of(found.part):
            wrong.append(f"{found.module} imports {found.target}")

    assert wrong == []


def test_the_excused_imports_are_still_there() -> None:
    """An excuse that nobody uses any more is taken out of the list."""
    upward = {
        (found.module, found.target.split(".")[1]) for found in IMPORTS if "." in found.target
    }

    assert upward >= UPWARD


def test_control_sees_requests_only_through_the_plane() -> None:
    """Another engine can be put in without touching control; how cores count they all share."""
    seen = {found.target for found in IMPORTS if found.part == "control"}

    assert {target for target in seen if target.startswith("sim.engines")} == {
        "sim.engines.contract.cores",
        "sim.engines.contract.plane",
    }


def test_lint_judges_without_control() -> None:
    """It knows what a scenario says and the rules that control shares, and nothing that runs."""
    seen = {found.target for found in IMPORTS if found.part == "lint"}

    running = {"control", "engines", "results", "record", "clock"}
    shared = {"sim.engines.contract.client", "sim.engines.contract.cores"}
    known = {target for target in seen - shared if target.startswith("sim.")}
    assert {target for target in known if target.split(".")[1] in running} == set()


def test_text_reads_attributes() -> None:
    """What is told is fields of the report: a key in quotes would be looked up when it is told."""
    keys = [
        f"{name_of(path)}:{node.lineno}"
        for path in (PACKAGE / "text").glob("*.py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ]

    assert keys == []


def test_policies_decide_from_what_they_are_given() -> None:
    """Of control a policy knows policies alone: no replica, no deployment, no journal, no time."""
    seen = {found.target for found in IMPORTS if found.module.startswith("control/policies/")}

    known = (
        "sim.control.policies.",
        "sim.engines.contract.plane",
        "sim.scenario.models.",
        "sim.wire.",
    )
    words = {"sim.errors", "sim.reasons", "sim.record"}
    own = {target for target in seen if target.startswith("sim.")}
    assert {target for target in own - words if not target.startswith(known)} == set()


def test_strategies_act_through_the_lineup() -> None:
    """A strategy reaches neither the clock, the queues, the request plane nor what is written."""
    seen = {found.target for found in IMPORTS if found.module.startswith("control/strategies/")}

    control = {target for target in seen if target.startswith("sim.control.")}
    known = {f"sim.control.{name}" for name in ("lineup", "replica", "revision")}
    known.add("sim.control.policies.policy")
    assert {t for t in control - known if not t.startswith("sim.control.strategies.")} == set()
    assert {target for target in seen if target.startswith(("sim.clock", "sim.engines"))} == set()


def test_control_writes_through_its_journal() -> None:
    """It lets the request plane catch up before it writes; what reads the log need not."""
    wrong = []
    for path in (PACKAGE / "control").rglob("*.py"):
        source = path.read_text("utf-8")
        if path.name != "journal.py" and re.search(r"journal\.log\.|catch_up\(", source):
            wrong.append(name_of(path))

    assert wrong == []


def test_only_a_server_runs_live() -> None:
    """What a run can be given on its way stands apart: whoever runs a scenario does without it."""
    users = {found.room for found in IMPORTS if found.target == "sim.simulation.live"}

    assert users == {"serve/simulating"}


@pytest.mark.parametrize("library", sorted(HOMES))
def test_each_heavy_library_has_its_home(library: str) -> None:
    """A library is imported where it belongs, and there only."""
    users = {
        found.room if found.part in ROOMS else found.part
        for found in IMPORTS
        if found.library == library and not found.for_types_only
    }

    assert users <= HOMES[library]


@pytest.mark.parametrize("part", sorted(ROOMS))
def test_rooms_share_nothing_but_what_the_law_says(part: str) -> None:
    """Engines know their contract and not each other, models nothing of files; and so on.

    An `__init__` that offers public names knows all rooms.
    """
    seen = {room: set[str]() for room in ROOMS[part]}
    for found in IMPORTS:
        if found.room != part and found.part == part and found.target.startswith(f"sim.{part}."):
            seen[found.room.removeprefix(f"{part}/")].add(found.target.split(".")[2])

    folders = {path.name for path in (PACKAGE / part).iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == set(ROOMS[part])
    assert {room: rooms - {room} for room, rooms in seen.items()} == ROOMS[part]


def test_what_simulates_knows_the_models_of_a_scenario_alone() -> None:
    """A run depends on what a scenario says, and not on how it was written or checked."""
    seen = {
        f"{found.module} imports {found.target}"
        for found in IMPORTS
        if found.part in {"workload", "record", "engines", "control", "results"}
        and found.target.startswith("sim.scenario.")
        and not found.target.startswith("sim.scenario.models.")
    }

    assert seen == set()


def test_the_server_on_http_simulates_nothing() -> None:
    """The one process speaks HTTP, the other simulates."""
    engines = {
        f"{found.module} imports {found.target}"
        for found in IMPORTS
        if found.room == "serve/http" and found.target.startswith(SIMULATION)
    }

    assert engines == set()


def test_libraries_for_tables_and_pictures_are_imported_late() -> None:
    """Outside their homes, pandas, pyarrow and matplotlib load only when a function needs them."""
    early = [
        f"{found.module} imports {found.target}"
        for found in IMPORTS
        if found.library in LAZY
        and not found.inside_function
        and not found.for_types_only
        and found.part not in {"plots", "recordings", "results"}
    ]

    assert early == []


@pytest.mark.parametrize(
    ("start", "unwanted"),
    [
        ("import sim", {"numpy", "pydantic", "simpy", *LAZY}),
        ("from sim import load_scenario", {"simpy", "hypothesis", *LAZY}),
        ("from sim import parse_scenario, validate", {"simpy", "hypothesis", *LAZY}),
        ("from sim import simulate", {"numba", "hypothesis", *LAZY}),
        ("import sim.cli.validate", {"simpy", "hypothesis", *LAZY}),
        ("import sim.cli.lint", {"simpy", "numba", "scipy", "hypothesis", *LAZY}),
        ("import sim.cli.plan", {"simpy", "numba", "scipy", "hypothesis", *LAZY}),
        ("import sim.cli.rules", {"simpy", "hypothesis", *LAZY}),
        ("import sim.cli.schema", {"simpy", "hypothesis", *LAZY}),
        ("from sim.testing import scenarios", {"pytest", "foundry_sdk", "fastapi"}),
        ("from sim.testing import served_scenario", {"foundry_sdk", "fastapi", *LAZY}),
        ("import sim.cli.serve", {"simpy", "fastapi", "uvicorn", "numpy"}),
        ("import sim.cli.export", {"simpy", "perfetto", *LAZY}),
        ("import sim.cli.pull", {"simpy", "foundry_sdk", "numpy"}),
        (
            "import sim.serve.simulating.worker",
            {"fastapi", "uvicorn", "numba", "hypothesis", *LAZY},
        ),
        ("import sim.serve.http.running", {"simpy", "numba", "hypothesis", *LAZY}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nobody_waits_for_what_is_not_used(start: str, unwanted: set[str]) -> None:
    """Each way into the package loads only what it needs."""
    code = f"{start}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert unwanted.intersection(json.loads(done.stdout)) == set()


IN_REAL_TIME = (
    "cli/progress.py",
    "serve/simulating/locking.py",
    "serve/simulating/pace.py",
    "serve/http/",
    "testing/served.py",
)
"""What lives in real time: how long the rest of a run takes, how fast simulated time goes by,
waiting for a lock, the server on HTTP, who starts one."""
BANNED_IMPORTS = {"time", "random", "secrets", "pickle"}
BANNED_CALLS = {"now", "utcnow", "today", "uuid1", "uuid4", "getpass", "gethostname", "seed"}
GENERATOR_MAKERS = {"default_rng", "Generator", "PCG64", "RandomState", "SeedSequence"}


def calls_of(path: Path) -> Iterator[str]:
    """Yield the last name of everything that the module at *path* calls."""
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                yield name
            case _:
                pass


def test_no_clock_no_chance_and_no_printing() -> None:
    """A run depends on its scenario and seed alone, and speaks through its results."""
    wrong = [
        f"{found.module} imports {found.target}"
        for found in IMPORTS
        if found.library in BANNED_IMPORTS and not found.module.startswith(IN_REAL_TIME)
    ]
    for path in MODULES:
        if name_of(path).startswith(IN_REAL_TIME):
            continue
        banned = (BANNED_CALLS | {"print"}).intersection(calls_of(path))
        wrong += [f"{name_of(path)} calls {name}" for name in sorted(banned)]

    assert wrong == []


READERS_OF_JSON = {
    "strict_json.py": "the strict reader itself",
    "scenario/reading/json_tree.py": "single texts and numbers of a document that was let pass",
    "scenario/reading/document.py": "whether a text without a name is JSON or YAML",
    "recordings/looking.py": "the first line of a recording, and documents, to tell what they are",
    "recordings/reading.py": "the first line of a recording, for its keys",
    "recordings/slow.py": "rows of a recording, by the million, whose numbers stay text",
    "serve/http/worker_process.py": "lines of the simulating process",
    "serve/simulating/lines.py": "lines of the HTTP process",
    "serve/simulating/chain.py": "lines of a journal, under their checksum; they hold whole bodies",
    "serve/simulating/journal.py": "the header of a journal, to tell its form",
    "studies/runs/store.py": "columns of our own store",
    "testing/served.py": "answers of our own server",
}
"""Who calls `json.loads`, and what for."""


def test_json_from_outside_is_read_strictly() -> None:
    """Whoever else parses JSON says here why it may be more lenient."""
    readers = {name_of(path) for path in MODULES if "loads" in calls_of(path)}

    assert readers == set(READERS_OF_JSON)


def test_random_generators_are_made_in_one_place() -> None:
    """Every draw comes from a stream that `sim.random` has named."""
    makers = {name_of(path) for path in MODULES if GENERATOR_MAKERS.intersection(calls_of(path))}

    assert makers == {"random.py"}


def test_control_and_requests_wait_for_instants_and_never_for_delays() -> None:
    """`timeout(delay)` adds to now, which rounds; the clock's `at(instant)` does not."""
    waiting = [
        name_of(path)
        for folder in ("control", "engines")
        for path in (PACKAGE / folder).rglob("*.py")
        if "timeout" in calls_of(path)
    ]

    assert waiting == []


def test_modules_stay_small() -> None:
    """Above 400 lines there is a second concept inside, but in the event loop.

    What is compiled together stands together, and each item may lead to each other one.
    """
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    long = {name for name, length in lengths.items() if length > 400}

    assert long == {"engines/vectorised/eventloop.py"}


COMPILED = ("eventloop", "tournament")
"""The modules whose functions Numba compiles."""


def test_a_module_with_compiled_code_has_all_of_it() -> None:
    """Numba's cache on disk does not see an edit in another module, which it would take for old.

    What compiles is the exception: the name under which a module is compiled has its checksum.
    """
    compiles = "sim.engines.vectorised.jit"
    with_compiled_code = {found.module for found in IMPORTS if found.target == compiles}
    with_compiled_code.remove("engines/vectorised/compilation.py")  # loads them by their names
    known = {
        found.target
        for found in IMPORTS
        if found.module in with_compiled_code and found.library == "sim"
    }

    assert with_compiled_code == {f"engines/vectorised/{name}.py" for name in COMPILED}
    assert known == {compiles}
    assert {found.module for found in IMPORTS if found.library == "numba"} == {
        "engines/vectorised/compilation.py",  # hears when something is compiled
        "engines/vectorised/jit.py",
    }


PUBLIC = {PACKAGE, PACKAGE / "studies", PACKAGE / "testing"}
"""Packages whose names users import from the package itself."""


def test_every_module_says_what_it_owns() -> None:
    """Each module has a docstring, and an `__init__` that offers no names nothing but one."""
    silent = [name_of(path) for path in MODULES if not ast.get_docstring(tree_of(path))]
    busy = [
        name_of(path)
        for path in MODULES
        if path.name == "__init__.py" and path.parent not in PUBLIC and len(tree_of(path).body) > 1
    ]

    assert silent == []
    assert busy == []


def test_no_module_is_named_for_what_it_is_not_about() -> None:
    """A concept has a name; a drawer has contents."""
    drawers = {"base", "common", "helpers", "manager", "misc", "tools", "util", "utils"}

    assert [name_of(path) for path in MODULES if path.stem in drawers] == []


def test_what_the_guide_points_at_is_there() -> None:
    """Modules and folders that CONTRIBUTING.md names, above all under "To add something"."""
    root = Path(__file__).parent.parent
    guide = (root / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`((?:sim|tests|benchmarks)/[\w./]*)`", guide))

    assert len(named) > 15
    assert [path for path in sorted(named) if not (root / path).exists()] == []


def test_every_suppression_gives_its_code_and_its_reason() -> None:
    """A silenced finding says which one and why, on its own line."""
    tests = Path(__file__).parent.rglob("*.py")
    silenced = re.compile(r"# (noqa|type: ignore)(?![`'\"|])")
    explained = re.compile(
        r"# (noqa: [A-Z]+\d+(, [A-Z]+\d+)* - \w|type: ignore\[[a-z, -]+\] +# \w)"
    )
    wrong = [
        f"{path.name}:{number}: {line.strip()}"
        for path in [*MODULES, *tests]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if silenced.search(line) and not explained.search(line)
    ]

    assert wrong == []


def test_the_root_offers_its_public_names_and_no_others() -> None:
    """What users import from `sim` is this list; adding to it is a decision."""
    assert sim.__all__ == [
        "Result",
        "Scenario",
        "__version__",
        "load_scenario",
        "parse_scenario",
        "simulate",
        "validate",
    ]
    assert [name for name in sim.__all__ if not hasattr(sim, name)] == []
    assert dir(sim) == sorted(sim.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'simulator'"):
        getattr(sim, "simulator")  # noqa: B009 - as a typing mistake would
