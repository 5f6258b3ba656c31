# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The client for programs that wait for each reply."""
import os
import secrets
import socket
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, TypeVar

from . import _messages
from .errors import Disconnected, NoDaemon, TimedOut
from .replies import Event, Lease
from .requests import Request, lease

SOCKET = "/run/xdpd/io.xdpd"
RECONNECT_PAUSE = 0.1  # seconds between attempts

Reply = TypeVar("Reply")


def no_daemon(path: str, error: OSError) -> NoDaemon:
    return NoDaemon(f"cannot reach xdpd at '{path}' ({error.strerror or error})", errno=error.errno or 0)


def disconnected(path: str, error: OSError | None = None) -> Disconnected:
    why = f" ({error.strerror or error})" if error else ""
    return Disconnected(f"xdpd at '{path}' closed the connection{why}", errno=error.errno or 0 if error else 0)


def new_key() -> str:
    """A key for a lease, which only this process knows."""
    return secrets.token_hex(16)


def cannot_reconnect() -> ValueError:
    return ValueError("the client was not made with reconnects=True")


def monitor(devices: Sequence[str] | None, kinds: Sequence[str] | None, netns: str | None) -> Request[dict[str, Any]]:
    given: dict[str, Any] = {"devices": devices and list(devices), "netns": netns, "kinds": kinds and list(kinds)}
    return Request("Monitor", {name: value for name, value in given.items() if value is not None})


class Client:
    """A connection to the daemon, for one thread at a time. It is closed at the end of a with statement.

    Components that were attached with while_connected are detached when the connection is closed, or the program
    ends. With reconnects=True they outlive a restart of the daemon: reconnect() takes them over. A timeout in seconds
    applies to each wait for the daemon; after TimedOut the client cannot be used again.
    """

    def __init__(self, path: str | os.PathLike[str] = SOCKET, *, timeout: float | None = None,
                 reconnects: bool = False) -> None:
        self.path = os.fspath(path)
        self.timeout = timeout
        self._reconnects = reconnects
        self._key: str | None = None  # of a lease that the daemon knows
        self._connect()
        if reconnects:
            try:
                self._begin_lease()
            except BaseException:
                self.close()
                raise

    def _connect(self) -> None:
        self._buffer = _messages.Buffer()
        self._fds: list[int] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(self.timeout)
        try:
            self._socket.connect(self.path)
        except OSError as error:
            self._socket.close()
            raise no_daemon(self.path, error) from None

    def reconnect(self, timeout: float | None = None) -> Lease:
        """Connect again after Disconnected, and take over the components that were attached with while_connected.

        If the connection has not ended, it stays. The daemon keeps the components for a time after its start (the
        setting reconnect-time, 10 seconds), so call this at once. Without "claimed" in the reply all were detached. It
        tries for so many seconds, or without a limit, until there is a daemon, and waits for its reply. Raises
        NoDaemon, and may then be called again.
        """
        if not self._reconnects:
            raise cannot_reconnect()
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                return self._claim()
            except (NoDaemon, Disconnected):
                if end is not None and time.monotonic() >= end:
                    raise
            time.sleep(RECONNECT_PAUSE)

    def _claim(self) -> Lease:
        if self._socket.fileno() < 0:
            self._connect()
        # A daemon that has been asked may give the components to this connection, which must not be closed then.
        self._socket.settimeout(None)
        if self._key:
            reply = self.call(lease(self._key, claim=True))
            if not reply["claimed"]:
                self._key = None
        if not self._key:
            reply = self._begin_lease()
        self._socket.settimeout(self.timeout)
        return reply

    def _begin_lease(self) -> Lease:
        key = new_key()
        reply = self.call(lease(key))
        self._key = key
        return reply

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
