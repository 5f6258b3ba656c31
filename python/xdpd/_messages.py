# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Messages of Varlink: JSON that ends with a NUL byte."""
import json
import socket
import struct
from collections.abc import Mapping
from typing import Any, cast

from .errors import ProtocolError, from_reply
from .replies import Event
from .requests import Request

FDS_MAX = 64
FD_SIZE = struct.calcsize("i")
READ_SIZE = 65536


def receive(connection: socket.socket, fds: list[int]) -> bytes:
    """Bytes that have arrived, b"" at the end. Adds the descriptors that came with them. Raises OSError."""
    # socket.recv_fds() ignores its flags.
    data, control, _, _ = connection.recvmsg(READ_SIZE, socket.CMSG_LEN(FDS_MAX * FD_SIZE), socket.MSG_CMSG_CLOEXEC)
    for level, kind, payload in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds += struct.unpack(f"{len(payload) // FD_SIZE}i", payload)
    if len(fds) > FDS_MAX:
        raise ProtocolError(f"the server is not xdpd: it sent more than {FDS_MAX} descriptors")
    return data


def encode(request: Request[Any], more: bool = False) -> bytes:
    method = request.method if "." in request.method else f"io.xdpd.{request.method}"
    call: dict[str, Any] = {"method": method, "parameters": request.parameters}
    if more:
        call["more"] = True
    return json.dumps(call).encode() + b"\0"


def decode(message: bytes) -> dict[str, Any]:
    """The parameters of a reply. Raises the error that the reply is."""
    try:
        reply = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"the server is not xdpd: {error}") from None
    parameters = reply.get("parameters", {}) if isinstance(reply, dict) else None
    if not isinstance(parameters, dict):
        raise ProtocolError("the server is not xdpd: the reply is not an object")
    if "error" in reply:
        raise from_reply(str(reply["error"]), parameters)
    return parameters


def event_of(parameters: Mapping[str, Any]) -> Event:
    event = parameters.get("event")
    if not isinstance(event, dict):
        raise ProtocolError("the server is not xdpd: the reply is not an event")
    return cast(Event, event)


class Buffer:
    """Bytes that have arrived."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._searched = 0

    def add(self, data: bytes) -> None:
        self._bytes += data

    def take(self) -> bytes | None:
        """The next complete message."""
        end = self._bytes.find(b"\0", self._searched)
        if end < 0:
            self._searched = len(self._bytes)
            return None
        message = bytes(self._bytes[:end])
        del self._bytes[:end + 1]
        self._searched = 0
        return message
