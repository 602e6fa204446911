"""The commands of the menu Train."""

from __future__ import annotations

from cnnviz.gui.actions import ActionSpec
from cnnviz.gui.commands.window import (
    Window,
    can_continue,
    can_measure,
    can_start_over,
    can_stop,
    can_train,
    can_transfer,
    has_previous_run,
    pace,
    play,
    shows_moment,
    train,
)
from cnnviz.gui.translation import QT_TRANSLATE_NOOP

TRAIN = QT_TRANSLATE_NOOP("actions", "&Train")
TRAIN_COMMANDS: tuple[ActionSpec[Window], ...] = (
    ActionSpec(
        "play",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "&Train or pause"),
        play,
        "F5",
        needs=can_train,
    ),
    ActionSpec(
        "batch",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "One &batch"),
        train(lambda session: session.batches()),
        "F10",
        needs=can_train,
    ),
    ActionSpec(
        "batches_10",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "1&0 batches"),
        train(lambda session: session.batches(10)),
        needs=can_train,
    ),
    ActionSpec(
        "batches_100",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "100 batche&s"),
        train(lambda session: session.batches(100)),
        needs=can_train,
    ),
    ActionSpec(
        "epoch",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "One &epoch"),
        train(lambda session: session.epoch()),
        "Shift+F10",
        needs=can_train,
    ),
    ActionSpec(
        "stop",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "St&op and test"),
        lambda window: window.bridge.session.stop(),
        needs=can_stop,
    ),
    ActionSpec(
        "full_speed",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "&Full speed"),
        pace("full_speed"),
        group="pace",
        separated=True,
    ),
    ActionSpec(
        "pace_10",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "Slow motion: 10 batches a second"),
        pace("pace_10"),
        group="pace",
    ),
    ActionSpec(
        "pace_4", TRAIN, QT_TRANSLATE_NOOP("actions", "Slow motion: 4 batches a second"), pace("pace_4"), group="pace"
    ),
    ActionSpec(
        "pace_1", TRAIN, QT_TRANSLATE_NOOP("actions", "Slow motion: 1 batch a second"), pace("pace_1"), group="pace"
    ),
    ActionSpec(
        "pace_half",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "Slow motion: 1 batch in 2 seconds"),
        pace("pace_half"),
        group="pace",
    ),
    ActionSpec(
        "find_rate",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "Find a &learning rate"),
        lambda window: window.top.find_rate(),
        separated=True,
    ),
    ActionSpec(
        "go_on",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "&Continue with the change"),
        lambda window: window.typed_first(window.notices.go_on),
        needs=can_continue,
        separated=True,
    ),
    ActionSpec(
        "train_new",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "&Keep the weights, train only what is new"),
        lambda window: window.typed_first(window.notices.transferring.train_new),
        needs=can_transfer,
    ),
    ActionSpec(
        "train_kept",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "Keep the &weights, train all of it"),
        lambda window: window.typed_first(window.notices.transferring.train_all),
        needs=can_transfer,
    ),
    ActionSpec(
        "start_over",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "&Start over with the same first weights"),
        lambda window: window.notices.start_over(),
        needs=can_start_over,
    ),
    ActionSpec(
        "new_weights",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "Start over with &new weights"),
        lambda window: window.notices.start_over_new(),
        needs=can_train,
    ),
    ActionSpec(
        "back_to_run",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "&Back to the run before"),
        lambda window: window.bridge.session.back(),
        needs=has_previous_run,
    ),
    ActionSpec(
        "branch",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "New run from &here"),
        lambda window: window.bench.going_on.new_run(),
        needs=shows_moment,
    ),
    ActionSpec(
        "sweep_settings",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "S&weep of settings …"),
        lambda window: window.typed_first(window.sweeps.ask),
        separated=True,
    ),
    ActionSpec(
        "measure",
        TRAIN,
        QT_TRANSLATE_NOOP("actions", "&Measure the time of each layer"),
        lambda window: window.times.measure(),
        "Ctrl+T",
        needs=can_measure,
    ),
)
