"""The invariants of a run, by name: what every record keeps, whatever the scenario."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sim.record import AttemptColumns, DeploymentRecord, Record
from sim.testing import control_laws, request_laws, rolling_laws, wait_laws


def _if_kept(law: Callable[[DeploymentRecord], None]) -> Callable[[Record], None]:
    """Return a law of attempts, which says nothing of a run that kept its summary alone."""

    def check(record: Record) -> None:
        for deployment in record.deployments:
            if isinstance(deployment.kept, AttemptColumns):
                law(deployment)

    check.__doc__ = law.__doc__
    return check


def _each(law: Callable[[DeploymentRecord], None]) -> Callable[[Record], None]:
    def check(record: Record) -> None:
        for deployment in record.deployments:
            law(deployment)

    check.__doc__ = law.__doc__
    return check


INVARIANTS: Final[Mapping[str, Callable[[Record], None]]] = MappingProxyType(
    {
        "causality": _if_kept(request_laws.causality),
        "outcomes": _if_kept(request_laws.outcomes),
        "retries": _if_kept(request_laws.retries),
        "first_in_first_out": _if_kept(request_laws.first_in_first_out),
        "one_request_a_thread": _if_kept(request_laws.one_request_a_thread),
        "served_where_responsive": _if_kept(request_laws.served_where_responsive),
        "nobody_waits_for_an_idle_thread": _if_kept(request_laws.nobody_waits_for_an_idle_thread),
        "legal_transitions": _each(control_laws.legal_transitions),
        "one_active": control_laws.one_active,
        "live_within_the_surge": rolling_laws.live_within_the_surge,
        "steps_leave_enough_available": rolling_laws.steps_leave_enough_available,
        "one_pending": _each(control_laws.one_pending),
        "capacity_is_what_is_responsive": _each(control_laws.capacity_is_what_is_responsive),
        "ready_means_responsive": _each(control_laws.ready_means_responsive),
        "queues_hold_what_is_granted": control_laws.queues_hold_what_is_granted,
        "grants_within_limits": control_laws.grants_within_limits,
        "grants_in_order": control_laws.grants_in_order,
        "waits_are_spells_in_the_queue": _each(wait_laws.waits_are_spells_in_the_queue),
        "what_never_fits_is_never_granted": _each(wait_laws.what_never_fits_is_never_granted),
        "stalls_end_or_are_deadlocks": wait_laws.stalls_end_or_are_deadlocks,
        "rollouts_end_with_their_revision": _each(wait_laws.rollouts_end_with_their_revision),
    }
)
"""Every law of a run: name to a function that raises `sim.errors.InvariantError`."""


def check_invariants(record: Record) -> None:
    """Check every law of `INVARIANTS` on a run.

    Raises:
        InvariantError: One is broken; the message names it, the object and the instant.
    """
    for law in INVARIANTS.values():
        law(record)
