"""The channels between a session and its training thread. In: commands. Out: standing, events, metrics and weights.

No torch.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from cnnviz.training.channels import Status, WeightsSlot
from cnnviz.training.events import EventLog
from cnnviz.training.metrics_log import MetricsLog
from cnnviz.training.standing import Standing, StandingChannel

if TYPE_CHECKING:
    from cnnviz.project.project import Project
    from cnnviz.training.commands import Command


class SessionChannels:
    """The channels of one session, whose first project is ``project``."""

    def __init__(self, project: Project) -> None:
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.closing = threading.Event()
        """Set when the session is closed: the thread then ends between two batches; commands that wait are not done."""
        self.standing = StandingChannel(Standing(Status(), project))
        self.events = EventLog()
        self.metrics = MetricsLog()
        self.weights = WeightsSlot()
