"""Laws of the models: numbers carry their units, models are frozen, keys are plain nouns."""

import typing

import pytest
from pydantic import BaseModel

from scenario_models import MODELS, types_in
from sim.scenario.models.spec import Spec
from sim.suffixes import SUFFIXES

WITHOUT_UNIT = {
    # No dimension at all.
    "seed": "chooses the draws",
    "cv": "standard deviation over mean",
    "shape": "exponent of a law",
    "factor": "multiplies times",
    "time_scale": "multiplies times",
    "rate_scale": "multiplies rates",
    "confidence": "one minus a probability",
    "scale_down_load_threshold": "load, busy threads over all; the API's own name",
    # Of the distribution's quantity: seconds or bytes, as its class says.
    "value": "of the quantity",
    "mean_value": "of the quantity",
    "low": "of the quantity",
    "high": "of the quantity",
    "scale": "of the quantity",
    "values": "of the quantity",
    "base": "of the quantity",
    "per": "of the quantity, by column",
    "floor": "of the quantity",
    # Whole things counted, by the name under which the field knows them.
    "success_threshold": "probes",
    "failure_threshold": "probes",
    "failed_after": "starts",
    "gpu_slots": "requests",
    "queue_capacity": "requests",
    "burst": "requests",
    "max_attempts": "attempts",
    "count": "replicas",
    "counts": "requests of each interval",
    "row": "a place, not an amount",
    "numbers": "replica numbers, not amounts",
    "cpu_parallelism": "cores, by analogy with the configuration's cpu",
    # Mappings and unions, whose values say what they are.
    "initial_replicas": "replicas, or a percentage with its sign",
    "max_surge": "replicas, or a percentage of them",
    "max_unavailable": "replicas, or a percentage of them",
    "limits": "GPUs by type",
    "tenants": "thousandths of cores, or GPUs by type",
    "use": "thousandths of cores, or GPUs by type",
    "rates": "of each interval; per second inside",
    "usage_rates": "compute-seconds per second",
}
"""Fields without a unit in their name, each with its reason."""


OWN = {name: model for name, model in MODELS.items() if issubclass(model, Spec)}
NUMBERS = [
    (name, field)
    for name, model in OWN.items()
    for field, info in model.model_fields.items()
    if {int, float} & set(types_in(info.annotation))
]


def test_the_walk_finds_the_models() -> None:
    """Through tuples, unions, aliases and annotations."""
    assert {"TraceTraffic", "LinearBytes", "Lifetime", "HangEvent", "RuntimeConfiguration"} <= set(
        MODELS
    )
    assert len(OWN) > 50
    assert len(NUMBERS) > 80


@pytest.mark.parametrize(("model", "field"), NUMBERS, ids=lambda part: str(part))
def test_every_number_names_its_unit(model: str, field: str) -> None:
    """By its suffix, or it is in the list of exceptions for a reason."""
    assert field.endswith(SUFFIXES) or field in WITHOUT_UNIT, model


def test_no_exception_is_out_of_use() -> None:
    """A reason without a field is removed."""
    assert set(WITHOUT_UNIT) == {field for _, field in NUMBERS if not field.endswith(SUFFIXES)}


@pytest.mark.parametrize("name", OWN)
def test_models_are_frozen_and_refuse_unknown_fields(name: str) -> None:
    """A typo is an error, in Python too."""
    config = OWN[name].model_config
    assert config["frozen"] is True
    assert config["extra"] == "forbid"


def test_no_key_carries_a_unit() -> None:
    """Files have plain nouns; the value has the unit."""
    keys = {
        field.alias
        for model in OWN.values()
        for field in model.model_fields.values()
        if field.alias is not None
    }
    assert not {key for key in keys if key.endswith(SUFFIXES)}


def test_every_model_has_a_docstring_of_its_own() -> None:
    """It is what editors and the documentation say about it."""
    plain = {typing.cast("str", BaseModel.__doc__), typing.cast("str", Spec.__doc__)}
    assert not [name for name, model in OWN.items() if (model.__doc__ or "") in {*plain, ""}]
