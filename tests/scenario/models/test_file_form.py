"""A scenario written out with all its defaults is the same scenario."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_files import SCENARIO, problems_of, write
from sim.scenario.models.distributions import Constant
from sim.scenario.models.file_form import MASK, resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario, parse_scenario
from sim.units import Seconds

ROOT = Path(__file__).parent.parent.parent.parent
SHIPPED = [file for file in sorted((ROOT / "scenarios").glob("*.yaml")) if not problems_of(file)]


def again(data: dict[str, Any], base_dir: Path | None = None) -> Scenario:
    """Return the scenario that *data* is when it has been JSON in between."""
    return parse_scenario(json.loads(json.dumps(data)), base_dir=base_dir)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_scenario_survives_writing_and_reading(file: Path) -> None:
    """Equal in every field, and written the same way again."""
    scenario = load_scenario(file)
    data = resolved(scenario)
    assert again(data, scenario.base_dir) == scenario
    assert resolved(again(data, scenario.base_dir)) == data


def test_every_default_is_written_out() -> None:
    """With its unit; what is absent is null."""
    data = resolved(parse_scenario(SCENARIO))
    assert data["warm_up"] == "0s"
    assert data["start"] == "2026-01-05T00:00:00Z"
    assert data["platform"]["usage_rates"]["vcpu"] == 0.2
    ranker, embedder = data["deployments"]
    assert ranker["queues"] == {"vcpu": "cores", "vgpu": "gpus"}
    assert ranker["initial"] == {"responsive": 2}
    assert embedder["initial"] == "cold"
    assert ranker["replica"]["image"] == "5GB"
    assert ranker["replica"]["lifetime"] is None
    assert ranker["replica"]["container_start"] == "5s"
    assert ranker["traffic"][1]["name"] == "poisson1"
    assert ranker["rid"].startswith("ri.foundry-ml-live.main.live-deployment.")
    assert ranker["runtimeConfiguration"]["environmentVariables"] == {}
    assert "memory" not in ranker["runtimeConfiguration"]


def test_identifiers_follow_from_names_alone() -> None:
    """The same in every file and at every place in it."""
    first, second = parse_scenario(SCENARIO).deployments
    assert first.rid != second.rid
    swapped = SCENARIO.replace("seed: 1", "seed: 2").replace("horizon: 2h", "horizon: 3h")
    assert parse_scenario(swapped).deployments[0].rid == first.rid
    assert (
        first.rid == "ri.foundry-ml-live.main.live-deployment.5e9e6870-3f8b-56b0-b93b-bef3e1317c63"
    )


def test_environment_values_can_be_masked() -> None:
    """In deployments and in events; the masked file loads and a change is still a change."""
    secret = SCENARIO.replace(
        "threadCount: 32", "environmentVariables: {TOKEN: hush, KEY: hush}"
    ).replace("maxReplicas: 5}", "maxReplicas: 5, environmentVariables: {TOKEN: hush-hush}}")
    scenario = parse_scenario(secret)
    assert "hush" in json.dumps(resolved(scenario))
    masked = resolved(scenario, mask_environment=True)
    assert "hush" not in json.dumps(masked)
    configuration = again(masked).deployments[0].runtime_configuration
    assert configuration.environment_variables == {"TOKEN": f"{MASK}1", "KEY": f"{MASK}1"}
    assert f'"TOKEN": "{MASK}2"' in json.dumps(masked["timeline"])


def test_paths_can_be_rewritten_for_another_directory(tmp_path: Path) -> None:
    """So that the copy in a folder of results finds the scenario's files and rules."""
    (tmp_path / "t.csv").write_text("arrived,n\n1,2\n")
    (tmp_path / "house.py").write_text(
        "from sim.wire.rule import rule\n"
        "@rule('house', field='', condition='anything')\n"
        "def anything(configuration, limits, deployment):\n"
        "    return None\n"
    )
    absolute = tmp_path / "t.csv"
    source = (
        "{kind: trace, path: t.csv, format: csv, time_column: arrived, "
        "demands: {cpu: {kind: empirical, path: t.csv, column: n}, "
        f"wait: {{kind: sequence, path: {absolute}, column: n}}}}}}"
    )
    file = write(tmp_path, "{kind: poisson, name: web, rate: 20/s}", source)
    file.write_text(file.read_text().replace("seed: 1", "rules: [house.py:anything]"))
    out = tmp_path / "out" / "run"
    out.mkdir(parents=True)
    data = resolved(load_scenario(file), directory=out)
    assert data["rules"] == ["../../house.py:anything"]
    traffic = data["deployments"][0]["traffic"][0]
    assert traffic["path"] == "../../t.csv"
    assert traffic["demands"]["cpu"]["path"] == "../../t.csv"
    assert traffic["demands"]["wait"]["path"] == str(absolute)
    (out / "scenario.json").write_text(json.dumps(data))
    assert not problems_of(out / "scenario.json")


@given(
    st.floats(1e-6, 1e9),
    st.integers(0, 10**9),
    st.floats(0, 1e9),
    st.integers(0, 2**63 - 1),
)
def test_every_number_survives_writing_and_reading(
    horizon_s: float, millicores: int, rate_per_s: float, seed: int
) -> None:
    """To the last bit, whatever unit it is written in."""
    base = parse_scenario(SCENARIO)
    ranker = base.deployments[0]
    source = ranker.traffic[0].model_copy(update={"rate_per_s": rate_per_s})
    queue = base.queues[0].model_copy(update={"limit_millicores": millicores})
    request = ranker.request.model_copy(update={"cpu_s": Constant[Seconds](value=horizon_s)})
    changed = {"traffic": (source,), "request": request}
    scenario = base.model_copy(
        update={
            "seed": seed,
            "horizon_s": horizon_s,
            "queues": (queue, base.queues[1]),
            "deployments": (ranker.model_copy(update=changed),),
            "timeline": (),
        }
    )
    assert Scenario.from_file_form(json.loads(json.dumps(resolved(scenario)))) == scenario
