"""What inference takes and gives back, by the model's API as the scenario declares it.

Types and casts are `sim.scenario.models.parameter_values`; here are whole inputs and outputs.
"""

from collections.abc import Mapping
from typing import Any

from sim.scenario.models.parameter_values import Misfit, fitted
from sim.scenario.models.parameters import Input, ModelApi
from sim.wire.endpoint_errors import RequiredValueMissing, UnknownInputName

Values = Mapping[str, Any]


def read_input(api: ModelApi | None, given: Values, *, casts: bool) -> Values:
    """Return the inputs as the model takes them; without an API any map is taken as it is.

    Args:
        api: What the scenario declares.
        given: The input of the call.
        casts: Whether values that are nearly of their type are made of it, as direct deployments
            do.

    Raises:
        Misfit: An input is unknown, missing, or of another type.
    """
    if api is None:
        return given
    known = {parameter.name: parameter for parameter in api.inputs}
    for name in given:
        if name not in known:
            raise Misfit(UnknownInputName(name))
    return {name: _value(parameter, given, casts=casts) for name, parameter in known.items()}


def _value(parameter: Input, given: Values, *, casts: bool) -> Any:
    value = given.get(parameter.name)
    if value is None:
        if parameter.required:
            raise Misfit(RequiredValueMissing(parameter.name))
        return None
    return fitted(value, parameter.type, name=parameter.name, casts=casts)


def make_output(api: ModelApi | None, inputs: Values) -> Values:
    """Return what the model answers to `inputs`, as `read_input` returned them.

    Raises:
        Misfit: An input that is given back is not of the output's type.
    """
    if api is None:
        return inputs
    found: dict[str, Any] = {}
    for output in api.outputs:
        if output.echo is None:
            found[output.name] = output.value
            continue
        value = inputs.get(output.echo)
        found[output.name] = (
            None if value is None else fitted(value, output.type, name=output.name, casts=True)
        )
    return found
