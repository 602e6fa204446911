"""A stand-in for the Python interpreter that has loaded torch and this program already.

A server loads them once; each process is a fork of it, before anything was computed. The command lines of
:class:`WarmPython` take the arguments of ``python``: ``-c CODE ...``, ``-m MODULE ...`` or ``FILE ...``, with any
environment and folder. Only for tests that are not about starting: options of the interpreter and variables that
Python or a library reads when it is loaded have no effect.

This file is also the program of the server, ``warm_python.py --serve SOCKET``, and of the client that stands for a
process, ``warm_python.py SOCKET ...``. The client passes on its streams, ends as the process ends, and the process is
killed with it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

STANDARD = 3
"""The first descriptor after the standard streams."""
_SIZE = 1 << 20


class WarmPython:
    """The server, started with the first command line that is wanted and ended by :meth:`close`."""

    def __init__(self, folder: Path) -> None:
        self._address = str(folder / "warm")
        self._server: object = None

    @property
    def line(self) -> list[str]:
        """The beginning of a command line, instead of ``[sys.executable]``."""
        import subprocess

        if sys.platform != "linux":
            return [sys.executable]
        if self._server is None:
            here = Path(__file__).resolve()
            paths = os.pathsep.join([str(here.parents[1]), str(here.parent)])
            self._server = server = subprocess.Popen(
                [sys.executable, str(here), "--serve", self._address],
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": paths},
            )
            assert server.stdout is not None and server.stdout.readline() == b"ready\n"
        # without the packages of the environment the client starts in some milliseconds
        return [sys.executable, "-IS", __file__, self._address]

    def close(self) -> None:
        """End the server. Processes that it has started go on."""
        import subprocess

        if isinstance(self._server, subprocess.Popen):
            self._server.kill()
            self._server.communicate()


def client(address: str, arguments: list[str]) -> int:
    """Be the process that runs ``arguments``: returns its exit code, or minus the signal that ended it."""
    import json

    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SIZE)
        server.connect(address)
        wanted = json.dumps([arguments, dict(os.environ), str(Path.cwd())]).encode()
        socket.send_fds(server, [wanted], [0, 1, 2])
        return int(server.recv(_SIZE))


def serve(address: str) -> None:
    """Load what tests need, and fork for each client until the process is killed."""
    import json
    import threading

    import cnnviz.cli
    import cnnviz.export.safetensors_file
    import cnnviz.export.torch_folder
    import cnnviz.inspection.observer
    import cnnviz.runs.library
    import cnnviz.training.driver
    import cnnviz.training.ranks
    import cnnviz.training.resources
    import cnnviz.training.session  # noqa: F401

    # the threads that NumPy's OpenBLAS has started by now end for a fork and begin again after it
    assert threading.active_count() == 1
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(address)
        listening.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            connection, _ = listening.accept()
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SIZE)
            content, streams, _, _ = socket.recv_fds(connection, _SIZE, STANDARD)
            if not os.fork():
                listening.close()
                _attend(connection, json.loads(content), streams)
            connection.close()
            for stream in streams:
                os.close(stream)


def _attend(connection: socket.socket, wanted: list[object], streams: list[int]) -> None:
    """Run the process, tell its client how it ended, and kill it if the client ends first."""
    import select

    if not (child := os.fork()):
        connection.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _become(*wanted)  # type: ignore[arg-type]
    for stream in (*range(STANDARD), *streams):
        os.close(stream)
    ended = os.pidfd_open(child)
    ready, _, _ = select.select([ended, connection.fileno()], [], [])
    if ended not in ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    try:
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())
    finally:
        os._exit(0)


def _become(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Run the arguments of ``python`` as this process, and end it as Python ends."""
    import atexit
    import io
    import random
    import runpy
    import threading
    import traceback

    random.seed()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    what, *rest = arguments
    own = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:1] = [str(Path(what).parent) if what[0] != "-" else "", *own]
    # those of the server know of its files whether they can seek
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0)))
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w")))
    sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w")), errors="backslashreplace", line_buffering=True)
    code = 1
    try:
        if what == "-c":
            sys.argv = ["-c", *rest[1:]]
            main = type(sys)("__main__")
            sys.modules["__main__"] = main
            exec(compile(rest[0], "<string>", "exec"), main.__dict__)
        elif what == "-m":
            sys.argv = rest
            runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            runpy.run_path(what, run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            sys.stderr.write(end.code + "\n")
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code & 0xFF)


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(sys.argv[2])
    code = client(sys.argv[1], sys.argv[2:])
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)
