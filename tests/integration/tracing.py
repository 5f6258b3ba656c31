# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A client of the method Trace: maps the perf buffers and reads the records (ipc/trace-record.h)."""
import base64
import json
import mmap
import os
import socket
import struct
from typing import NamedTuple

HEAD, SAMPLE, LOST = 4096, 9, 2  # bytes before the data; kinds of perf records
RECORD = struct.Struct("<QQIIIBBBBI4x")
NONE, LEFT = 255, 1


class Record(NamedTuple):
    """A record, with the bytes of the packet that were copied."""
    time_ns: int
    packet: int
    generation: int
    length: int
    queue: int
    verdict: int
    component: int
    flags: int
    bytes: bytes

    def left(self):
        return bool(self.flags & LEFT)


class Buffer:
    """The perf buffer of one CPU."""

    def __init__(self, fd, size):
        self.size = size
        self.memory = mmap.mmap(fd, HEAD + size)
        os.close(fd)

    def take(self):
        """What was written since the last call."""
        head, tail = struct.unpack_from("<QQ", self.memory, 1024)
        begin, length = tail % self.size, head - tail
        data = self.memory[HEAD + begin:HEAD + min(begin + length, self.size)]
        data += self.memory[HEAD:HEAD + max(0, begin + length - self.size)]
        struct.pack_into("<Q", self.memory, 1032, head)
        return data


class Trace:
    """A trace that has begun, or `refusal`, the error that the daemon answered."""

    def __init__(self, daemon, device, buffer_bytes=None, timeout=30, **parameters):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(daemon.socket))
        self.received, self.fds, self.buffers, self.lost, self.refusal = b"", [], [], 0, None
        if "filter" in parameters:
            code = b"".join(struct.pack("<HBBI", *instruction) for instruction in parameters["filter"])
            parameters["filter"] = base64.b64encode(code).decode()
        parameters["device"] = device
        self.socket.sendall(json.dumps({"method": "io.xdpd.Trace", "more": True,
                                        "parameters": parameters}).encode() + b"\0")
        while self.next() and len(self.fds) < self.state["n_buffers"]:
            pass
        self.buffers = [Buffer(fd, buffer_bytes or self.state["buffer_bytes"]) for fd in self.fds]

    def next(self):
        """The next reply's parameters; they stay in `state`. After an error, which is in `refusal`, none."""
        while b"\0" not in self.received:
            data, fds, _, _ = socket.recv_fds(self.socket, 65536, 64)
            if not data:
                raise EOFError("the daemon closed the connection")
            self.received += data
            self.fds += fds
        reply, _, self.received = self.received.partition(b"\0")
        reply = json.loads(reply)
        if "error" in reply:
            self.refusal = (reply["error"].rpartition(".")[2], reply["parameters"]["message"])
            return {}
        self.continues = reply.get("continues", False)
        self.state = reply["parameters"]
        return self.state

    def records(self):
        """What was recorded since the last call, oldest first."""
        found = []
        for buffer in self.buffers:
            data, at = buffer.take(), 0
            while at < len(data):
                kind, _, size = struct.unpack_from("<IHH", data, at)
                if kind == LOST:
                    self.lost += struct.unpack_from("<Q", data, at + 16)[0]
                elif kind == SAMPLE:
                    fields = RECORD.unpack_from(data, at + 12)
                    begin = at + 12 + RECORD.size
                    found.append(Record(*fields[:8], data[begin:begin + fields[9]]))
                at += size
        return sorted(found)

    def names(self):
        return [component["name"] for component in self.state["components"]]

    def close(self):
        """Ends the trace, as the kernel does for a client that is killed."""
        self.socket.close()
        self.buffers = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
