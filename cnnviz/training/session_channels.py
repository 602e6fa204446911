"""What a session shares with its training thread: commands in; standing, events, metrics and weights out. No torch."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from cnnviz.training.channels import EventLog, Status, WeightsSlot
from cnnviz.training.metrics_log import MetricsLog
from cnnviz.training.standing import Standing, StandingChannel

if TYPE_CHECKING:
    from cnnviz.project.project import Project
    from cnnviz.training.commands import Command


class SessionChannels:
    """The channels of one session, which begins with ``project``."""

    def __init__(self, project: Project) -> None:
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.closing = threading.Event()
        """Set when the session is closed: the thread ends between two batches, whatever else was asked before."""
        self.standing = StandingChannel(Standing(Status(), project))
        self.events = EventLog()
        self.metrics = MetricsLog()
        self.weights = WeightsSlot()
