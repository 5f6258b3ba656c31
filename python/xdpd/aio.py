# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The client for asyncio."""
import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import TypeVar

from . import _messages
from .client import RECONNECT_PAUSE, SOCKET, cannot_reconnect, disconnected, monitor, new_key, no_daemon
from .errors import Disconnected, NoDaemon, XdpdError
from .replies import Event, Lease
from .requests import Request, lease

Reply = TypeVar("Reply")


class AsyncClient:
    """A connection to the daemon, for one event loop: 'async with AsyncClient() as client'.

    Calls of several tasks are made one after the other. If a call is cancelled or times out (asyncio.timeout()), the
    connection is closed, because its reply can no longer be told from the next one. With reconnects=True components
    that were attached with while_connected outlive a restart of the daemon: reconnect() takes them over.
    """

    def __init__(self, path: str | os.PathLike[str] = SOCKET, *, reconnects: bool = False) -> None:
        self.path = os.fspath(path)
        self._reconnects = reconnects
        self._key: str | None = None  # of a lease that the daemon knows
        self._socket: socket.socket | None = None
        self._buffer = _messages.Buffer()
        self._lock = asyncio.Lock()
        self._fds: list[int] = []

    async def connect(self) -> "AsyncClient":
        """Connect; not needed with 'async with'."""
        await self._connect()
        if self._reconnects:
            await self._begin_lease()
        return self

    async def reconnect(self) -> Lease:
        """The same as Client.reconnect(). It tries until there is a daemon; asyncio.timeout() limits that, but if the
        daemon has been asked then, the components may be lost.
        """
        if not self._reconnects:
            raise cannot_reconnect()
        while True:
            try:
                return await self._claim()
            except (NoDaemon, Disconnected):
                await asyncio.sleep(RECONNECT_PAUSE)

    async def _claim(self) -> Lease:
        if self._socket is None:
            await self._connect()
        if self._key:
            reply = await self.call(lease(self._key, claim=True))
            if reply["claimed"]:
                return reply
            self._key = None
        return await self._begin_lease()

    async def _begin_lease(self) -> Lease:
        key = new_key()
        reply = await self.call(lease(key))
        self._key = key
        return reply

    async def _connect(self) -> None:
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(connection, self.path)
        except OSError as error:
            connection.close()
            raise no_daemon(self.path, error) from None
        self._buffer = _messages.Buffer()
        self._socket = connection

    def close(self) -> None:
        """Close the connection. It can be closed again."""
        connection, self._socket = self._socket, None
        if connection:
            connection.close()
        while self._fds:
            os.close(self._fds.pop())

    async def __aenter__(self) -> "AsyncClient":
        return await self.connect()

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None,
                        traceback: TracebackType | None) -> None:
        self.close()

    async def call(self, request: Request[Reply]) -> Reply:
        """Make the request, and wait for its reply. Raises as Client.call()."""
        reply, fds = await self.call_with_fds(request)
        for fd in fds:
            os.close(fd)
        return reply

    async def call_with_fds(self, request: Request[Reply]) -> tuple[Reply, list[int]]:
        """The same, with the descriptors that came with the reply; the caller closes them."""
        async with self._lock:
            with request.descriptors() as descriptors:
                try:
                    await self._send(_messages.encode(request), descriptors)
                    message = await self._receive()
                except BaseException:
                    self.close()
                    raise
            fds, self._fds = self._fds, []
        try:
            return request.read(_messages.decode(message)), fds
        except XdpdError:
            for fd in fds:
                os.close(fd)
            raise

    async def events(self, *, devices: Sequence[str] | None = None,
                     kinds: Sequence[str] | None = None, netns: str | None = None) -> AsyncIterator[Event]:
        """What happens, as it happens, on a connection of its own; the first event is "listening"."""
        async with AsyncClient(self.path) as client:
            await client._send(_messages.encode(monitor(devices, kinds, netns), more=True), [])
            while True:
                yield _messages.event_of(_messages.decode(await client._receive()))

    def _connection(self) -> socket.socket:
        if self._socket is None:
            raise Disconnected(f"the client is not connected to xdpd at '{self.path}'")
        return self._socket

    async def _send(self, message: bytes, descriptors: Sequence[int]) -> None:
        connection = self._connection()
        sent = 0
        try:
            while descriptors and not sent:
                try:
                    sent = socket.send_fds(connection, [message], descriptors)
                except BlockingIOError:
                    await _ready(connection, writing=True)
            await asyncio.get_running_loop().sock_sendall(connection, message[sent:])
        except (BrokenPipeError, ConnectionResetError):
            pass  # there may be a reply, which says why
        except OSError as error:
            raise disconnected(self.path, error) from None

    async def _receive(self) -> bytes:
        connection = self._connection()
        while (message := self._buffer.take()) is None:
            try:
                data = _messages.receive(connection, self._fds)
            except BlockingIOError:
                await _ready(connection, writing=False)
                continue
            except OSError as error:
                raise disconnected(self.path, error) from None
            if not data:
                raise disconnected(self.path)
            self._buffer.add(data)
        return message


async def _ready(connection: socket.socket, writing: bool) -> None:
    """Wait until the connection is ready for it."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    add, remove = (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    fd = connection.fileno()
    add(fd, wake)
    try:
        await ready
    finally:
        remove(fd)
