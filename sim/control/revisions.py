"""The revisions of one deployment: making them, and forgetting those that are gone."""

from collections.abc import Collection, Sequence
from typing import Literal

from sim.control.journal import Journal
from sim.control.revision import Revision
from sim.control.roster import Roster
from sim.record import RevisionRecord
from sim.scenario.models.model_version import Model
from sim.scenario.models.schedule import Bounds
from sim.wire.models import RuntimeConfiguration


class Revisions:
    """All that there ever were, by number, of which those are kept that have something left.

    Attributes:
        next_number: That of the next one.
        override: The bounds that a schedule gives them all, None if it gives none.
    """

    def __init__(self, roster: Roster, journal: Journal) -> None:
        """Begin with none; the number of the first is 0."""
        self.next_number = 0
        self.override: Bounds | None = None
        self._left: list[Revision] = []
        self._roster = roster
        self._journal = journal

    @property
    def left(self) -> Sequence[Revision]:
        """Those that are not gone, by number."""
        return self._left

    def new(
        self,
        at_s: float,
        why: Literal["created", "started", "replace", "publish"],
        configuration: RuntimeConfiguration,
        model: Model,
    ) -> Revision:
        """Return the next revision, which has no replicas yet."""
        record = RevisionRecord(
            number=self.next_number,
            configuration=configuration,
            model_version_rid=model.version_rid,
            why=why,
            created_at_s=at_s,
        )
        revision = Revision(
            self.next_number, configuration, model, record, self._roster, self.override
        )
        self.next_number += 1
        self._left.append(revision)
        self._journal.revision(record)
        return revision

    def constrain(self, override: Bounds | None) -> None:
        """Let a schedule give the bounds of them all; None: their configurations do."""
        self.override = override
        for revision in self._left:
            revision.constrain(override)

    def forget_gone(self, at_s: float, in_use: Collection[Revision | None]) -> None:
        """Drop those that have no replica left, but for those `in_use`: active or pending."""
        for revision in self._left:
            if revision not in in_use and not revision.tally.left:
                revision.record.gone_at_s = at_s
        self._left = [r for r in self._left if r.record.gone_at_s is None]
