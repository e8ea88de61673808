"""The contents of `result.json`: all keys, hand-computed figures, where it comes from."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

import sim
from build_record import deployment, life, replace_story, scenario, stall
from sim.errors import ScenarioError
from sim.record import ControlLog, QueueSample, Record, RevisionRecord
from sim.results.files import json_text
from sim.results.provenance import provenance, scenario_of
from sim.results.report import SCHEMA
from sim.results.summary import summary
from sim.scenario.models.scenario import Scenario
from sim.states import ReplicaState
from sim.wire.models import RuntimeConfiguration

_S = ReplicaState


def values_of(data: object) -> Iterator[object]:
    """Yield every scalar in nested dictionaries and lists."""
    if isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from values_of(value)
    else:
        yield data


def test_a_deployment_has_every_documented_key() -> None:
    """The names that other programs read."""
    (found,) = summary(replace_story(stalls=[stall()]))["deployments"]
    (rollout,) = found["rollouts"]
    windows = {"before", "during", "after"}

    assert {"name", "rid", "requests", "wait_s", "response_s", "rollouts"} <= set(found)
    assert {"replica_seconds", "compute_seconds", "throughput_per_s", "goodput_per_s"} <= set(found)
    assert {"attempts", "status", "scaling", "starts", "events", "queue_waits"} <= set(found)
    assert set(found["requests"]) == {
        *("arrived", "completed", "failed", "queued", "running", "backing_off")
    }
    assert set(found["wait_s"]) == set(found["response_s"]) == {"mean", "p50", "p95", "p99", "max"}
    assert set(found["compute_seconds"]) == {"vcpu", "gpu", "total"}
    assert {"put_at_s", "switched_at_s", "full_at_s", "gone_at_s", "dip_ratio"} <= set(rollout)
    assert {"stalls", *windows} <= set(rollout)
    assert {"since_s", "resource", "holders"} <= set(rollout["stalls"][0])


def test_the_story_in_figures() -> None:
    """390 replica-seconds of a core at 0.2; five completed requests; one replica waited 10 s."""
    found = summary(replace_story())
    (api,) = found["deployments"]

    assert found["schema"] == SCHEMA
    assert (found["horizon_s"], found["warm_up_s"]) == (200, 0)
    assert api["replica_seconds"] == 390
    assert (api["throughput_per_s"], api["goodput_per_s"]) == (6 / 200, 5 / 200)
    assert (api["attempts"]["made"], api["attempts"]["thread_s"]) == (10, 86)
    assert (api["scaling"]["mean"], api["starts"]["requested"]) == (1.7, 1)
    assert (api["status"]["worst"], api["status"]["not_ready_s"]) == ("ACTIVE", 0)
    assert api["compute_seconds"] == {"vcpu": 78.0, "gpu": 0.0, "total": 78.0}
    assert api["response_s"]["mean"] == 10
    assert api["queue_waits"]["wait_s"]["max"] == 10
    assert [r["gone_at_s"] for r in api["revisions"]] == [160, None]


def test_events_are_listed_with_their_effect() -> None:
    """What was done to the deployment; not what control did by itself."""
    (api,) = summary(replace_story())["deployments"]

    assert api["events"] == [
        {
            "at_s": 100,
            "event": "replace",
            "effect": "a new revision is rolled out",
            "code": "rolled_out",
        },
        {"at_s": 190, "event": "kill", "effect": "1 replica", "code": "fault"},
    ]


def test_a_queue_is_summed_up_over_the_run() -> None:
    """3 cores for 140 s, 2 for 20 s, 1 for 40 s; somebody waited 10 s."""
    (queue,) = summary(replace_story())["queues"]

    assert queue == {
        "name": "cpu",
        "kind": "vcpu",
        "resources": [
            {
                "unit": "cores",
                "gpu_type": None,
                "limit": 3,
                "limit_min": 3,
                "limit_max": 3,
                "used_mean": (3 * 140 + 2 * 20 + 1 * 40) / 200,
                "used_max": 3,
            }
        ],
        "waiting_max": 1,
        "longest_head_wait_s": 10,
        "waits": [],
    }


def test_a_gpu_queue_has_a_row_a_type() -> None:
    """One T4 of two in use from 50 s on; the head of the line has waited 30 s at the horizon."""
    record = replace_story(queues=[{"kind": "vgpu", "name": "gpu", "limits": {"T4": 2, "V100": 0}}])
    samples = (
        QueueSample(0, 0, "T4", 0, 2, 0, None, None),
        QueueSample(0, 0, "V100", 0, 0, 0, None, None),
        QueueSample(50, 0, "T4", 1, 2, 0, None, None),
        QueueSample(170, 0, "T4", 1, 2, 1, 170, "0 V100 free, 1 needed"),
    )
    changed = Record(record.scenario, 0, "reference", record.deployments, samples)
    (queue,) = summary(changed)["queues"]

    assert [r["gpu_type"] for r in queue["resources"]] == ["T4", "V100"]
    assert [r["used_mean"] for r in queue["resources"]] == [150 / 200, 0]
    assert queue["longest_head_wait_s"] == 30


def test_requests_of_the_warm_up_are_left_out_and_cost_is_not() -> None:
    """Only requests that first arrive at 120 s or later are measured."""
    (api,) = summary(replace_story(warm_up="120s"))["deployments"]

    assert api["requests"]["arrived"] == 6
    assert api["rollouts"][0]["before"] is None
    assert api["rollouts"][0]["during"]["start_at_s"] == 120
    assert api["rollouts"][0]["during"]["requests"]["arrived"] == 2
    assert api["attempts"]["made"] == 7  # request 3 twice
    assert (api["throughput_per_s"], api["goodput_per_s"]) == (3 / 80, 2 / 80)
    assert api["replica_seconds"] == 390


def test_gpus_are_paid_by_the_type_that_was_granted() -> None:
    """A request for any type; replica 0 got a T4 and replica 1 a V100, ten seconds each."""
    spec = scenario()
    configuration = RuntimeConfiguration.from_wire(
        {"minReplicas": 1, "maxReplicas": 2, "gpu": {"count": 1}}
    )
    control = ControlLog(
        transitions=[
            *life(0, 0, (0, _S.STARTING), (10, _S.DELETED)),
            *life(1, 0, (20, _S.STARTING), (30, _S.DELETED)),
        ],
        revisions=[RevisionRecord(0, configuration, "ri.v", "created", 0, 0)],
        gpu_types={0: "T4", 1: "V100"},
    )
    (api,) = summary(Record(spec, 0, "reference", (deployment(control=control),), ()))[
        "deployments"
    ]

    assert api["compute_seconds"] == {"vcpu": 4.0, "gpu": 12.0 + 30.0, "total": 42.0}

    control.gpu_types.clear()
    with pytest.raises(ScenarioError, match="name a type"):
        summary(Record(spec, 0, "reference", (deployment(control=control),), ()))


def test_what_never_happened_is_null_and_what_never_occurred_is_zero() -> None:
    """A run in which nothing happened has all keys too."""
    (api,) = summary(Record(scenario(), 0, "reference", (deployment(),), ()))["deployments"]

    assert api["response_s"] == dict.fromkeys(("mean", "p50", "p95", "p99", "max"))
    assert set(api["requests"]["failed"].values()) == {0}
    assert api["compute_seconds"] == {"vcpu": 0.0, "gpu": 0.0, "total": 0.0}


def test_only_plain_json_comes_out() -> None:
    """No numpy number, no NaN: the text reads back as the same data."""
    found = summary(replace_story(stalls=[stall()]))

    assert json.loads(json_text(found)) == found
    assert not any(isinstance(value, np.generic) for value in values_of(found))


def test_the_provenance_repeats_the_run_and_hides_secrets() -> None:
    """Seed and engine that were used, versions, all defaults; values of variables are masked."""
    found = summary(replace_story())["provenance"]
    text = json_text(found)

    assert found["seed"] == found["scenario"]["seed"] == 7
    assert found["engine"] == "reference"
    assert found["sim"] == sim.__version__
    assert set(found["versions"]) == {"python", "numpy", "simpy", "tzdata"}
    assert "warm_up" in found["scenario"]
    assert "TOKEN" in text
    assert "secret-value" not in text


def test_the_provenance_names_files_and_not_where_a_disk_has_them(tmp_path: Path) -> None:
    """Relative paths as in the file; of absolute ones the name; `scenario.json` finds both."""
    far = str(tmp_path / "far.jsonl")
    text = YAML(typ="safe").load(
        f"""
        rules: [near.py:rule, {tmp_path}/far.py:rule]
        deployments:
          - name: api
            runtimeConfiguration: {{minReplicas: 1, maxReplicas: 1}}
            traffic:
              - {{kind: trace, format: mooncake, path: near.jsonl}}
              - {{kind: trace, format: mooncake, path: {far}}}
        """
    )
    spec = Scenario.from_file_form({**text, "name": "n", "horizon": "1s"}, base_dir=tmp_path)
    record = replace(replace_story(), scenario=spec)

    def paths(data: dict[str, Any]) -> list[str]:
        return [source["path"] for source in data["deployments"][0]["traffic"]]

    assert paths(provenance(record).scenario) == ["near.jsonl", "far.jsonl"]
    assert provenance(record).scenario["rules"] == ["near.py:rule", "far.py:rule"]
    assert paths(scenario_of(record, tmp_path / "out")) == ["../near.jsonl", far]
