"""Which answers a client tries again."""

from dataclasses import dataclass

from sim.scenario.models.policies import Client
from sim.states import LOST, Outcome

_SDK_ATTEMPTS = 4
_ANSWERED_429_OR_503 = frozenset({Outcome.RATE_LIMITED, Outcome.DISABLED, Outcome.QUEUE_FULL})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """A client's attempts: at most `max_attempts` in all, another one after `retried` only."""

    max_attempts: int
    retried: frozenset[Outcome]

    def is_retried(self, outcome: Outcome, attempt: int) -> bool:
        """Return whether attempt number `attempt` (from 1), answered so, is followed by another."""
        return outcome in self.retried and attempt < self.max_attempts


def retry_policy(client: Client, lost_request: str) -> RetryPolicy:
    """Return the policy of `client`, where lost requests are answered `lost_request`.

    Source: the official Python SDK retries 429 and 503 only, four attempts in all (measured).
    """
    if client.policy == "none":
        return RetryPolicy(1, frozenset())
    if client.policy == "sdk":
        lost = LOST if lost_request == "503" else frozenset()
        return RetryPolicy(_SDK_ATTEMPTS, _ANSWERED_429_OR_503 | lost)
    retried = frozenset(outcome for outcome in Outcome if outcome.kind in client.retry_on)
    return RetryPolicy(client.max_attempts, retried)
