"""What rolling does, from the text of the model alone: counts, and nothing of `sim`.

Written to be compared with: slow, one replica at a time, and in the words of the rules. Sources:
docs/model.md, "Strategies"; the Deployment controller of Kubernetes 1.28.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction

Limit = int | str


def part_of(limit: Limit, desired: int) -> Fraction:
    """Return a limit as a number of replicas that need not be whole."""
    if isinstance(limit, str):
        return Fraction(limit.removesuffix("%")) / 100 * desired
    return Fraction(limit)


def half_away(value: Fraction) -> int:
    """Round a number that is not negative to the nearest whole one, a half upwards."""
    return math.floor(value + Fraction(1, 2))


@dataclass
class Counts:
    """The live replicas of one revision: not available, available; and what it remembers."""

    waiting: int = 0
    available: int = 0
    remembered: int = 0

    @property
    def size(self) -> int:
        """All of them."""
        return self.waiting + self.available

    def remove(self) -> None:
        """Take one, not available before available."""
        if self.waiting:
            self.waiting -= 1
        else:
            self.available -= 1


@dataclass
class RollingOracle:
    """A deployment that rolls: its desired count, its target, and the counts of its revisions."""

    max_surge: Limit
    max_unavailable: Limit
    desired: int = 0
    target: int = 0
    revisions: dict[int, Counts] = field(default_factory=dict)

    def surge(self) -> int:
        """Return how many replicas may be live beyond the desired count."""
        return math.ceil(part_of(self.max_surge, self.desired))

    def unavailable(self) -> int:
        """Return how many of the desired count may be missing."""
        allowed = math.floor(part_of(self.max_unavailable, self.desired))
        if allowed == 0 and self.surge() == 0:
            allowed = 1
        return min(allowed, self.desired)

    def live(self) -> int:
        """Return how many replicas are live."""
        return sum(counts.size for counts in self.revisions.values())

    def available(self) -> int:
        """Return how many replicas are available."""
        return sum(counts.available for counts in self.revisions.values())

    # What happens ---------------------------------------------------------------------------

    def begins(self, desired: int, *, available: int) -> None:
        """Be created with revision 0, whose replicas are all available or all still to start."""
        self.desired = desired
        first = Counts(desired - available, available)
        self.revisions = {0: first}
        self.remember(first)

    def put(self, desired: int, target: int) -> None:
        """Take a PUT that makes another revision the target, and perhaps another desired count."""
        self.share(desired)
        self.target = target
        if target not in self.revisions:
            self.revisions[target] = Counts()
            self.remember(self.revisions[target])
        self.steps()

    def scale(self, desired: int) -> None:
        """Take another desired count."""
        alone = self.live() == 0
        self.share(desired)
        if alone:
            self.revisions[self.target].waiting = desired
            self.remember(self.revisions[self.target])
        self.steps()

    def change(self, *changes: tuple[int, int]) -> None:
        """Let replicas of revisions become available (+1) or no longer be (-1), in one item."""
        for revision, by in changes:
            self.revisions[revision].waiting -= by
            self.revisions[revision].available += by
        self.steps()

    # What follows ---------------------------------------------------------------------------

    def remember(self, counts: Counts) -> None:
        """Let a revision remember how many there may be of all."""
        counts.remembered = self.desired + self.surge()

    def share(self, desired: int) -> None:
        """Share a change of the desired count among the revisions that have live replicas."""
        if desired == self.desired:
            return
        self.desired = desired
        there = [number for number, counts in self.revisions.items() if counts.size]
        if len(there) == 1:
            self.set_size(self.revisions[there[0]], desired)
        elif there:
            most = desired + self.surge() if desired else 0
            to_add = most - self.live()
            newer_first = to_add > 0
            there.sort(key=lambda n: (-self.revisions[n].size, -n if newer_first else n))
            sizes, left = {}, to_add
            for number in there:
                counts = self.revisions[number]
                its = half_away(Fraction(counts.size * most, counts.remembered)) - counts.size
                its = 0 if to_add == 0 else min(its, left) if to_add > 0 else max(its, left)
                sizes[number], left = counts.size + its, left - its
            sizes[there[0]] = max(sizes[there[0]] + left, 0)
            for number, size in sizes.items():
                self.set_size(self.revisions[number], size)
        for number in there:
            self.remember(self.revisions[number])

    def set_size(self, counts: Counts, size: int) -> None:
        """Let a revision have so many live replicas."""
        while counts.size > size:
            counts.remove()
        counts.waiting += size - counts.size

    def steps(self) -> None:
        """Go to the fixed point of (0), (1) and (2)."""
        while self.step():
            pass

    def step(self) -> bool:
        """Take the first step that changes something; return whether there is one."""
        new = self.revisions[self.target]
        if new.size > self.desired:
            new.remove()
            self.remember(new)
            return True
        if new.size < self.desired and self.live() < self.desired + self.surge():
            new.waiting += 1
            self.remember(new)
            return True
        least = self.desired - self.unavailable()
        if self.live() - least - new.waiting <= 0:
            return False
        old = [self.revisions[n] for n in sorted(self.revisions) if n != self.target]
        for counts in old:
            if counts.waiting:
                counts.remove()
                self.remember(counts)
                return True
        for counts in old:
            if counts.available and self.available() > least:
                counts.remove()
                self.remember(counts)
                return True
        return False
