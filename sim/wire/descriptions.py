"""The values of ``errorDescription`` that are documented, word for word.

They are values of the wire, as names are: clients have them as literal types and compare them. What
`sim` says to people about the same faults is in words of its own, beside each error.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DOCUMENTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ThreadCountTooHigh": "The specified thread count exceeds the maximum allowed value.",
        "InvalidGpuCount": (
            "The GPU count is invalid. The GPU count must be between 1 and the maximum allowed for "
            "the requested GPU type."
        ),
        "GpuTypeNotAvailable": (
            "The requested GPU type is not available. Use a GPU type that is available in the "
            "deployment's resource queue."
        ),
        "LiveDeploymentNotFound": "The specified live deployment was not found.",
        "UnsupportedLiveDeployment": "The Live Deployment type is not supported by the API.",
        "ReplaceLiveDeploymentPermissionDenied": "Could not replace the LiveDeployment.",
    }
)
"""Error name -> its sentence. The other errors' are documented nowhere that we know of.

Source: Palantir API reference, Replace Live Deployment, the table of errors.
"""
