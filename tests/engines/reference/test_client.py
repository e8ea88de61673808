"""Which answers are tried again, for each kind of client."""

import pytest
from pydantic import TypeAdapter

from sim.engines.contract.client import RetryPolicy, retry_policy
from sim.scenario.models.policies import Client
from sim.states import Outcome

REFUSED = {Outcome.RATE_LIMITED, Outcome.DISABLED, Outcome.QUEUE_FULL}
LOST_WITH_REPLICA = {Outcome.OUT_OF_MEMORY, Outcome.REPLICA_KILLED, Outcome.GRACE_OVER}


def policy(lost_request: str = "503", **client: object) -> RetryPolicy:
    """Return the retry policy of a client given in Python's names."""
    return retry_policy(TypeAdapter(Client).validate_python(client), lost_request)


def retried(of: RetryPolicy, attempt: int) -> set[Outcome]:
    """Return the outcomes of attempt number `attempt` that are followed by another."""
    return {outcome for outcome in Outcome if of.is_retried(outcome, attempt)}


def test_no_client_policy_never_retries() -> None:
    """`none` takes the first answer."""
    assert retried(policy(policy="none"), 1) == set()


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_sdk_retries_429_and_503_only(attempt: int) -> None:
    """[doc] Lost requests count where they are answered 503; a 500 is never tried again."""
    assert retried(policy("503", policy="sdk"), attempt) == REFUSED | LOST_WITH_REPLICA
    assert retried(policy("InferenceFailure", policy="sdk"), attempt) == REFUSED


def test_sdk_makes_four_attempts_in_all() -> None:
    """[doc] The fourth answer is final."""
    assert retried(policy(policy="sdk"), 4) == set()


def test_custom_client_retries_what_it_names() -> None:
    """As often and after what the scenario says, how lost requests are answered does not matter."""
    custom = policy(
        "InferenceFailure",
        policy="custom",
        max_attempts=2,
        retry_on=["out_of_memory", "inference_timeout"],
        backoff_s=[0.0],
    )
    assert retried(custom, 1) == {Outcome.OUT_OF_MEMORY, Outcome.INFERENCE_TIMEOUT}
    assert retried(custom, 2) == set()
