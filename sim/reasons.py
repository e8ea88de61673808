"""Who did what, and why: the codes that control writes down where it decides, and their words.

A reason is chosen at the place of the decision and carried through the record, so that whoever
tells of a run (text, tables, pictures) compares codes and never recognises words.
"""

from enum import Enum
from typing import Final, Literal

Actor = Literal["autoscaler", "rollout", "queue", "timeline"]
"""Who decides."""

ScalingAction = Literal["up", "down", "from_zero", "to_zero", "held"]
"""What the autoscaler does."""

PutAction = Literal["replace", "publish"]
"""What may begin a rollout."""

TimelineAction = Literal["disable", "start", "kill", "hang", "fail_starts", "slow_starts"]
"""What else the timeline does to a deployment."""

RolloutAction = Literal["switch", "leave", "recreate", "roll", "overdue"]
"""What a rollout does after the event that began it."""

Action = ScalingAction | PutAction | TimelineAction | RolloutAction | Literal["granted"]
"""What is decided; a queue holds and grants."""


class Reason(Enum):
    """Why a replica changed its state, or why control did something or was held back.

    The value is what people read; `code` is what machines do.
    """

    # A replica is there, or is asked for.
    THERE_AT_START = "there at the start"
    CREATED = "created"
    STARTED = "started"
    ROLLOUT = "rollout"
    SCALE_UP = "scale up"
    FROM_ZERO = "scale from zero"
    SUCCESSOR = "successor"
    BELOW_MIN = "below minReplicas"
    BELOW_DESIRED = "below the desired count"

    # It starts, and serves.
    GRANTED = "granted"
    BACKOFF_OVER = "back-off over"
    CONTAINER_UP = "container up"
    PROBE_PASSED = "probe passed"
    PROBES_MISSED = "probes missed"
    PROBES_PASS_AGAIN = "probes pass again"

    # A start of it fails.
    START_TIMEOUT = "start took start_timeout"
    MODEL_MEMORY = "model_memory is above the memory limit"
    GPU_MISSING = "the model needs a GPU and the replica has none"
    START_FAULT = "start failed by a fault"

    # It is killed.
    OUT_OF_MEMORY = "out of memory"
    KILLED = "killed by a fault"
    UNRESPONSIVE = "unresponsive_grace over"
    GRACE_OVER = "grace over"

    # It is no longer wanted.
    SCALE_DOWN = "scale down"
    TO_ZERO = "scale to zero"
    ABOVE_MAX = "above maxReplicas"
    SWITCHED = "switched over"
    RECREATED = "recreated"
    ROLLED = "rolled"
    SUPERSEDED = "superseded"
    REVERTED = "reverted"
    CHANGED_IN_PLACE = "the active revision changed in place"
    DISABLED = "disabled"
    LIFETIME_OVER = "lifetime over"

    # It is gone.
    NOTHING_IN_FLIGHT = "nothing in flight"
    LAST_REQUEST_ENDED = "last request ended"

    # What an evaluation of the autoscaler decides, or what holds it.
    LOAD_HIGH = "load was at the threshold for the whole scale-up delay"
    LOAD_LOW = "load was below the threshold for the whole scale-down delay"
    IDLE = "no request for the whole scale-down delay"
    AT_MAX = "at max"
    AT_MIN = "at min"
    NOTHING_RESPONSIVE = "nothing responsive"
    UP_TIMER = "scale-up timer"
    DOWN_TIMER = "scale-down timer"
    ARRIVED_AT_ZERO = "an attempt arrived"
    QUEUED_AT_ZERO = "requests are queued"

    # What a PUT or a new model version amounts to.
    PUT_REFUSED = "sources change only while disabled"
    PUT_STORED = "stored, stays disabled"
    PUT_KEPT = "nothing to change"
    PUT_REVERTED = "equals the active revision: the pending one is given up"
    PUT_IN_PLACE = "bounds or scaling of the active revision change in place"
    PUT_PENDING_IN_PLACE = "bounds or scaling of the pending revision change in place"
    ROLLED_OUT = "a new revision is rolled out"
    RESPONSIVE = "the new revision is responsive"

    # What a rollout does that lets the old replicas go first.
    ALL_GONE = "the last old replica is gone"

    # What a rollout does that goes step by step.
    STEP = "as many as the limits allow"
    NO_PROGRESS = "no progress for the whole progress_deadline"

    # Why old replicas go that stayed beside the new ones.
    ENOUGH_THREADS = "the new revision has as many threads as the old one had, or may have"
    STAYED_LONGEST = "old_goes_after is over"
    FURTHER_ROLLOUT = "a further rollout begins"

    # What else the timeline does.
    FAULT = "a fault"

    # What happens in a resource queue.
    WAITED = "it has what it waited for"
    NO_ROOM = "it does not fit into what is free"
    BEHIND = "it stands behind another replica in line"
    ABOVE_LIMIT = "it needs more than the limit"
    NEVER_FITS = "it can never fit: it needs more than the largest limit in the run"
    BEHIND_NEVER_FITS = "it stands behind a replica that can never fit"
    LIMIT_RAISED = "the limit was raised"
    TENANT_LEFT = "it uses less"

    # Why a rollout never switched.
    STARTS_FAILED = "its starts failed"
    STILL_IN_LINE = "it waited in a resource queue"
    GIVEN_UP_EARLY = "it was given up before it was ready"
    STILL_STARTING = "it was still starting at the end of the run"

    def __init__(self, words: str) -> None:
        """Derive the code from the name."""
        self.words = words
        self.code = self.name.lower()


START_FAILURES: Final = frozenset(
    {Reason.START_TIMEOUT, Reason.MODEL_MEMORY, Reason.GPU_MISSING, Reason.START_FAULT}
)
"""Why a start fails; any other way into STARTING_ERROR is a kill."""

KILLS: Final = frozenset({Reason.OUT_OF_MEMORY, Reason.KILLED, Reason.UNRESPONSIVE})
"""Why a replica that is to go on serving is killed; one that drains may see its grace end."""
