"""Loading users' rules from files and modules."""

import sys
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.wire.models import RuntimeConfiguration
from sim.wire.rules import check
from sim.wire.user_rules import load_rules

HOUSE = """
from dataclasses import dataclass

from sim.wire.rule import rule


@dataclass
class Budget:
    replicas: "int" = 10


LIMIT = 5


@rule("house-maximum", field="maxReplicas", condition="at most ten replicas", source="ops")
def maximum(configuration, limits, deployment):
    if configuration.max_replicas > Budget().replicas:
        return "must be at most 10"


@rule("house-minimum", field="minReplicas", condition="at least two replicas")
def minimum(configuration, limits, deployment):
    return None if configuration.min_replicas >= 2 else "must be at least 2"


@rule("gpu-count", field="gpu.count", condition="none")
def taken(configuration, limits, deployment):
    return None


def bare(configuration, limits, deployment):
    return None
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return the folder that holds `house.py`."""
    (tmp_path / "house.py").write_text(HOUSE, encoding="utf-8")
    return tmp_path


def test_rules_are_loaded_in_order_and_enforced(house: Path) -> None:
    """Several of one file, relative to the base directory."""
    rules = load_rules(["house.py:minimum", "house.py:maximum"], base_dir=house)
    configuration = RuntimeConfiguration(min_replicas=1, max_replicas=11)

    assert [rule.name for rule in rules] == ["house-minimum", "house-maximum"]
    assert [found.fault.message for found in check(configuration, extra_rules=rules)] == [
        "minReplicas must be at least 2",
        "maxReplicas must be at most 10",
    ]


def test_files_start_from_the_working_directory(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a base directory, and from an absolute path anywhere."""
    monkeypatch.chdir(house)

    assert [rule.name for rule in load_rules(["house.py:maximum"])] == ["house-maximum"]
    monkeypatch.chdir("/")
    assert len(load_rules([f"{house / 'house.py'}:maximum"])) == 1


def test_rules_come_from_modules_too(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`package.module:name` is imported."""
    monkeypatch.syspath_prepend(house)
    monkeypatch.delitem(sys.modules, "house", raising=False)  # another test may have one of its own

    assert [rule.name for rule in load_rules(["house:maximum"])] == ["house-maximum"]
    del sys.modules["house"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("house.py", "must be file.py:name or package.module:name"),
        (":maximum", "must be file.py:name"),
        ("house.py:", "must be file.py:name"),
        ("house.py:not a name", "must be file.py:name"),
        ("absent.py:maximum", "there is no file"),
        ("no_such_package.rules:maximum", "cannot be imported: ModuleNotFoundError"),
        ("house.py:absent", "has no 'absent'"),
        ("house.py:bare", r"a function without the decorator: put @rule"),
        ("house.py:LIMIT", "is no rule but int"),
        ("house.py:taken", "named 'gpu-count', as another rule already is"),
        ("syntax.py:maximum", "cannot be imported: SyntaxError"),
        ("raises.py:maximum", "cannot be imported: ZeroDivisionError"),
    ],
)
def test_a_reference_that_names_no_rule_is_one_problem(
    house: Path, reference: str, message: str
) -> None:
    """One message, with the reference as its value."""
    (house / "syntax.py").write_text("def", encoding="utf-8")
    (house / "raises.py").write_text("1 / 0", encoding="utf-8")

    with pytest.raises(ScenarioError, match=message) as refused:
        load_rules([reference], base_dir=house)

    (problem,) = refused.value.problems
    assert (problem.rule, problem.field, problem.value) == ("user-rule", "rules", reference)


def test_a_rule_is_loaded_once(house: Path) -> None:
    """Naming it twice is a slip, and is told."""
    with pytest.raises(ScenarioError, match="as another rule already is"):
        load_rules(["house.py:maximum", "house.py:maximum"], base_dir=house)
