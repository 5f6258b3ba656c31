# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The client for programs that wait for each reply."""
import os
import socket
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, TypeVar

from . import _messages
from .errors import Disconnected, NoDaemon, TimedOut
from .replies import Event
from .requests import Request

SOCKET = "/run/xdpd/io.xdpd"

Reply = TypeVar("Reply")


def no_daemon(path: str, error: OSError) -> NoDaemon:
    return NoDaemon(f"cannot reach xdpd at '{path}' ({error.strerror or error})", errno=error.errno or 0)


def disconnected(path: str, error: OSError | None = None) -> Disconnected:
    why = f" ({error.strerror or error})" if error else ""
    return Disconnected(f"xdpd at '{path}' closed the connection{why}", errno=error.errno or 0 if error else 0)


def monitor(devices: Sequence[str] | None, kinds: Sequence[str] | None, netns: str | None) -> Request[dict[str, Any]]:
    given: dict[str, Any] = {"devices": devices and list(devices), "netns": netns, "kinds": kinds and list(kinds)}
    return Request("Monitor", {name: value for name, value in given.items() if value is not None})


class Client:
    """A connection to the daemon, for one thread at a time. It is closed at the end of a with statement.

    Components that were attached with while_connected are detached when the connection is closed, or the program
    ends. A timeout in seconds applies to each wait for the daemon; after TimedOut the client cannot be used again.
    """

    def __init__(self, path: str | os.PathLike[str] = SOCKET, *, timeout: float | None = None) -> None:
        self.path = os.fspath(path)
        self.timeout = timeout
        self._buffer = _messages.Buffer()
        self._fds: list[int] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(self.path)
        except OSError as error:
            self._socket.close()
            raise no_daemon(self.path, error) from None

    def close(self) -> None:
        """Close the connection. It can be closed again."""
        self._socket.close()
        self._close_fds()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def fileno(self) -> int:
        """The descriptor of the connection, which becomes readable when the daemon ends."""
        return self._socket.fileno()

    def call(self, request: Request[Reply]) -> Reply:
        """Make the request, and wait for its reply. Raises XdpdError, and OSError for a file that cannot be opened."""
        reply, fds = self.call_with_fds(request)
        for fd in fds:
            os.close(fd)
        return reply

    def call_with_fds(self, request: Request[Reply]) -> tuple[Reply, list[int]]:
        """The same, with the descriptors that came with the reply; the caller closes them."""
        with request.descriptors() as descriptors:
            try:
                self._send(_messages.encode(request), descriptors)
                message = self._receive()
            except BaseException:  # also KeyboardInterrupt: the reply would be taken for that of the next call
                self.close()
                raise
            reply = request.read(_messages.decode(message))
        fds, self._fds = self._fds, []
        return reply, fds

    def events(self, *, devices: Sequence[str] | None = None, kinds: Sequence[str] | None = None,
               netns: str | None = None) -> Iterator[Event]:
        """What happens, as it happens, on a connection of its own; the first event is "listening"."""
        with Client(self.path) as client:
            client._send(_messages.encode(monitor(devices, kinds, netns), more=True), [])
            while True:
                yield _messages.event_of(_messages.decode(client._receive()))

    def _send(self, message: bytes, descriptors: Sequence[int]) -> None:
        self._close_fds()
        try:
            sent = socket.send_fds(self._socket, [message], descriptors) if descriptors else 0
            self._socket.sendall(message[sent:])
        except TimeoutError:
            raise self._timed_out() from None
        except (BrokenPipeError, ConnectionResetError):
            pass  # there may be a reply, which says why
        except OSError as error:
            self.close()
            raise disconnected(self.path, error) from None

    def _receive(self) -> bytes:
        while (message := self._buffer.take()) is None:
            try:
                data = _messages.receive(self._socket, self._fds)
            except TimeoutError:
                raise self._timed_out() from None
            except OSError as error:
                self.close()
                raise disconnected(self.path, error) from None
            if not data:
                self.close()
                raise disconnected(self.path)
            self._buffer.add(data)
        return message

    def _timed_out(self) -> TimedOut:
        self.close()
        return TimedOut(f"xdpd at '{self.path}' did not reply within {self.timeout} seconds; what was asked for may "
                        "still be done")

    def _close_fds(self) -> None:
        while self._fds:
            os.close(self._fds.pop())
