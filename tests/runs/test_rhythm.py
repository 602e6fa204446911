"""When moments are recorded: the first steps at once, then as often as a small share of the time allows."""

from __future__ import annotations

from itertools import pairwise

from cnnviz.runs.rhythm import CREDIT_SECONDS, EXACT_SECONDS, FIRST_EXACT_SECONDS, MOMENTS, MOST_SECONDS, SHARE, Rhythm


def recorded(seconds_a_step: float, cost: float, until: float) -> tuple[list[int], list[int]]:
    """The steps that are recorded, and those of them that are exact, where each costs ``cost`` seconds."""
    rhythm, steps, exact = Rhythm(0.0), [], []
    step, now = 0, 0.0
    while now < until:
        step, now = step + 1, now + seconds_a_step
        if rhythm.due(step, now):
            complete = rhythm.wants_exact(now)
            rhythm.recorded(step, now, exact=complete)
            rhythm.spent(cost * (4 if complete else 1))
            if complete:
                rhythm.exact_has_cost(cost * 4)
            steps.append(step)
            exact += [step] if complete else []
    return steps, exact


def test_the_first_steps_are_dense() -> None:
    steps, _ = recorded(0.01, 0.003, 60)
    assert {1, 2, 4, 8, 16, 32, 64} <= set(steps)


def test_recording_takes_a_small_share_of_the_time() -> None:
    for cost in (0.001, 0.01, 0.1, 0.25, 2.0):
        steps, exact = recorded(0.02, cost, 1000)
        spent = cost * (len(steps) + 3 * len(exact))
        # the first exact moment is recorded before it is known what it costs
        assert spent <= CREDIT_SECONDS + 1000 * SHARE + 8 * cost


def test_there_is_an_exact_moment_every_minute_unless_that_alone_takes_too_much() -> None:
    for cost in (0.001, 0.1, 2.0):
        _, exact = recorded(0.1, cost, 3000)
        times = [step * 0.1 for step in exact]
        assert times[0] <= MOST_SECONDS + 0.2 and len(times) > 2
        longest = max(after - before for before, after in pairwise(times))
        assert longest <= max(MOST_SECONDS, 4 * cost / SHARE) + 0.2


def test_the_first_exact_moments_come_soon_where_they_cost_little() -> None:
    _, exact = recorded(0.1, 0.001, 100)
    times = [step * 0.1 for step in exact]
    assert (
        FIRST_EXACT_SECONDS <= times[0] < FIRST_EXACT_SECONDS + 1 and sum(time < EXACT_SECONDS for time in times) >= 3
    )
    assert all(after - before >= FIRST_EXACT_SECONDS for before, after in pairwise(times))


def test_pauses_do_not_count() -> None:
    moments = {}
    for pause in (0.0, 3600.0):
        rhythm, now, steps = Rhythm(0.0), 0.0, []
        for step in range(1, 1000):
            now += 0.125
            if rhythm.due(step, now):
                rhythm.recorded(step, now, exact=rhythm.wants_exact(now))
                rhythm.spent(0.0625)
                steps.append(step)
            if step % 250 == 0:
                rhythm.begin_pause(now)
                rhythm.recorded(step, now, exact=True)
                now += pause
        moments[pause] = steps
    assert moments[0.0] == moments[3600.0] and len(moments[0.0]) > 10


def test_a_long_run_is_not_recorded_more_and_more() -> None:
    steps, _ = recorded(0.05, 0.0001, 20_000)
    later = [step for step in steps if step * 0.05 > 10_000]
    assert len(later) < MOMENTS + 20_000 / EXACT_SECONDS
