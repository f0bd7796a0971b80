"""Chooses paths through the states of a flow: all of them, or enough for every pair of answers."""

from collections.abc import Iterator, Mapping
from functools import cache

from flows.tools.walks import Answered, Step, Walks

Path = tuple[Step, ...]
Pair = tuple[Answered, Answered]


class Choices:
    """The paths of a flow, counted without being walked one by one."""

    def __init__(self, walks: Walks) -> None:
        self.walks = walks
        self._count = cache(self._count_from)
        self._ahead = cache(self._answers_ahead)
        self._can = cache(self._can_give)

    @property
    def total(self) -> int:
        """How many paths there are."""
        return 1 if self._first is None else self._count(self._first)

    def every(self) -> Iterator[Path]:
        """All paths, in the order of the answers in the files."""
        if self._first is None:
            yield ()
        else:
            yield from self._from(self._first)

    def pairwise(self) -> list[Path]:
        """Paths in which any two answers that one path can hold stand together at least once."""
        open_pairs = dict.fromkeys(self._pairs())
        found: dict[tuple[int, ...], Path] = {}
        while open_pairs:
            order, path = self._path_with(next(iter(open_pairs)), open_pairs)
            found[order] = path
            answered = [step.answered for step in path]
            for position, later in enumerate(answered):
                for earlier in answered[:position]:
                    open_pairs.pop((earlier, later), None)
        return [found[order] for order in sorted(found)]

    # -- counting ------------------------------------------------------------------------------

    @property
    def _first(self) -> int | None:
        return self.walks.begin.state

    def _count_from(self, state: int) -> int:
        ends = (step.reached.state for step in self.walks.steps(state))
        return sum(1 if target is None else self._count(target) for target in ends)

    def _from(self, state: int) -> Iterator[Path]:
        for step in self.walks.steps(state):
            if step.reached.state is None:
                yield (step,)
            else:
                for rest in self._from(step.reached.state):
                    yield (step, *rest)

    # -- pairs ---------------------------------------------------------------------------------

    def _answers_ahead(self, state: int | None) -> Mapping[Answered, None]:
        """All that can be answered from a state on, in its order."""
        found: dict[Answered, None] = {}
        for step in self.walks.steps(state) if state is not None else ():
            found[step.answered] = None
            found.update(self._ahead(step.reached.state))
        return found

    def _pairs(self) -> Iterator[Pair]:
        ahead, seen = [self._first], set[int]()
        while ahead:
            state = ahead.pop(0)
            if state is None or state in seen:
                continue
            seen.add(state)
            for step in self.walks.steps(state):
                ahead.append(step.reached.state)
                for later in self._ahead(step.reached.state):
                    yield step.answered, later

    def _path_with(
        self, goals: tuple[Answered, ...], open_pairs: dict[Pair, None]
    ) -> tuple[tuple[int, ...], Path]:
        """A path with these answers, and with as many open pairs as can be seen on the way."""
        state, path, order = self._first, list[Step](), list[int]()
        while state is not None:
            best: tuple[tuple[int, int], int, Step] | None = None
            for index, step in enumerate(self.walks.steps(state)):
                if not self._can(step.reached.state, _after(step, goals)):
                    continue
                worth = self._worth(step, path, open_pairs)
                if best is None or worth > best[0]:
                    best = worth, index, step
            assert best is not None  # the goals can be reached from the first state on
            _, index, step = best
            goals, state = _after(step, goals), step.reached.state
            path.append(step)
            order.append(index)
        return tuple(order), tuple(path)

    def _worth(self, step: Step, path: list[Step], open_pairs: dict[Pair, None]) -> tuple[int, int]:
        now = sum((earlier.answered, step.answered) in open_pairs for earlier in path)
        later = self._ahead(step.reached.state)
        return now, sum((step.answered, answered) in open_pairs for answered in later)

    def _can_give(self, state: int | None, goals: tuple[Answered, ...]) -> bool:
        if not goals or state is None:
            return not goals
        ahead = self._ahead(state)
        if len(goals) == 1 or any(goal not in ahead for goal in goals):
            return all(goal in ahead for goal in goals)
        steps = self.walks.steps(state)
        return any(self._can(step.reached.state, _after(step, goals)) for step in steps)


def _after(step: Step, goals: tuple[Answered, ...]) -> tuple[Answered, ...]:
    return goals[1:] if goals and goals[0] == step.answered else goals
