"""A server on this machine that sends files whole, slowly, in parts, or not to the end."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Loopback:
    """The files by path, and how they are sent. ``requests`` are the path and the range of each request.

    ``break_after`` is a list of byte counts after which the connection of the next requests ends; ``stall`` holds the
    rest back until ``released`` is set. ``ranges`` is False for a server that always sends whole files. ``headers``
    False leaves the length out. ``answer`` gives a status in place of a file; ``moved`` sends to another path.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.break_after: list[int] = []
        self.stall_after: int | None = None
        self.released = threading.Event()
        self.ranges = self.length = True
        self.answer: dict[str, int] = {}
        self.moved: dict[str, str] = {}
        self.claimed: int | None = None
        self.address = ""


@contextmanager
def serving() -> Iterator[Loopback]:
    """A running server; ends with the block."""
    state = Loopback()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.requests.append((self.path, wanted))
            if self.path in state.moved:
                self.send_response(302)
                self.send_header("Location", state.moved[self.path])
                self.end_headers()
                return
            if self.path not in state.files or self.path in state.answer:
                self.send_error(state.answer.get(self.path, 404))
                return
            content = state.files[self.path]
            first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.ranges else 0
            if first and first >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if wanted and state.ranges else 200)
            if wanted and state.ranges:
                self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
            if state.length:
                self.send_header("Content-Length", str(state.claimed or len(content) - first))
            self.end_headers()
            stop = first + state.break_after.pop(0) if state.break_after else len(content)
            self.send(content, first, stop)

        def send(self, content: bytes, first: int, stop: int) -> None:
            try:
                for at in range(first, stop, 1000):
                    if state.stall_after is not None and at >= state.stall_after:
                        self.wfile.flush()
                        state.released.wait(60)
                    self.wfile.write(content[at : min(stop, at + 1000)])
            except OSError:
                # the other side has gone
                pass

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        state.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
