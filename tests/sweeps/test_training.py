"""What a trial of a sweep tells about its training."""

from __future__ import annotations

from unittest.mock import patch

import training_kit

from cnnviz.sweeps.training import train
from cnnviz.training.channels import State
from cnnviz.training.session import Session


def test_an_epoch_that_ends_with_the_training_while_the_one_before_it_is_told_counts() -> None:
    sessions: list[Session] = []
    told: list[tuple[int, float]] = []

    def first_epoch(session: Session) -> None:
        sessions.append(session)
        session.epoch()

    def goes_on(epoch: int, accuracy: float) -> bool:
        told.append((epoch, accuracy))
        if epoch == 1:
            watched = training_kit.Watched(sessions[0])
            play(sessions[0])
            watched.in_state(State.FINISHED)
        return True

    play, images = Session.play, training_kit.dataset()
    with (
        patch("cnnviz.training.resources.load_choice", lambda *_, **__: images),
        patch.object(Session, "play", first_epoch),
    ):
        outcome = train(training_kit.project(), "network", "cpu", 1, goes_on, lambda _: None, record=False)
    assert [epoch for epoch, _ in told] == [1, 2]
    assert outcome.accuracy == max(accuracy for _, accuracy in told)
