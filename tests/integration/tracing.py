# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A client of the method Trace: maps the ring buffers and reads the records (ipc/trace-record.h)."""
import base64
import itertools
import json
import mmap
import os
import socket
import struct
from typing import NamedTuple

PAGE = mmap.PAGESIZE
BUSY, DISCARDED = 1 << 31, 1 << 30  # bits of the length before a record
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
    """The ring buffer of one CPU."""

    def __init__(self, fd, size):
        self.size = size
        self.consumer = mmap.mmap(fd, PAGE)
        self.producer = mmap.mmap(fd, PAGE + 2 * size, prot=mmap.PROT_READ, offset=PAGE)
        os.close(fd)

    def take(self):
        """The records that were written since the last call."""
        (position,), (end,) = struct.unpack_from("Q", self.consumer), struct.unpack_from("Q", self.producer)
        while position < end:
            at = PAGE + position % self.size
            head, = struct.unpack_from("I", self.producer, at)
            if head & BUSY:
                break
            length = head & ~DISCARDED
            if length == head:
                yield self.producer[at + 8:at + 8 + length]
            position += (8 + length + 7) // 8 * 8
        struct.pack_into("Q", self.consumer, 0, position)


class Trace:
    """A trace that has begun, or `refusal`, the error that the daemon answered."""

    def __init__(self, daemon, device, timeout=30, mapped=True, **parameters):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(daemon.socket))
        self.received, self.fds, self.buffers, self.counters, self.refusal = b"", [], [], None, None
        if "filter" in parameters:
            code = b"".join(struct.pack("<HBBI", *instruction) for instruction in parameters["filter"])
            parameters["filter"] = base64.b64encode(code).decode()
        parameters["device"] = device
        self.socket.sendall(json.dumps({"method": "io.xdpd.Trace", "more": True,
                                        "parameters": parameters}).encode() + b"\0")
        while self.next() and len(self.fds) <= self.state["n_buffers"]:
            pass
        if mapped and not self.refusal:
            self.map()

    def map(self):
        """Maps what the daemon has sent, and closes the descriptors."""
        counters, *buffers = self.fds
        self.counters = mmap.mmap(counters, 8 * self.state["n_lost_counters"], prot=mmap.PROT_READ)
        os.close(counters)
        self.buffers = [Buffer(fd, self.state["buffer_bytes"]) for fd in buffers]
        self.fds = []

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
        for data in itertools.chain.from_iterable(buffer.take() for buffer in self.buffers):
            fields = RECORD.unpack_from(data)
            found.append(Record(*fields[:8], data[RECORD.size:RECORD.size + fields[9]]))
        return sorted(found)

    @property
    def lost(self):
        """How many records had no room in their buffers."""
        return sum(struct.unpack(f"{self.state['n_lost_counters']}Q", self.counters[:8 * self.state["n_lost_counters"]]))

    def names(self):
        return [component["name"] for component in self.state["components"]]

    def close(self):
        """Ends the trace, as the kernel does for a client that is killed."""
        self.socket.close()
        for fd in self.fds:
            os.close(fd)
        self.buffers, self.fds = [], []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
