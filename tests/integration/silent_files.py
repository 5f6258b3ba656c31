# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A file system in user space whose server does not answer everything.

    silent_files.py DIRECTORY REQUEST...    mounts it, prints "ready", and never answers these requests

It has one file, of 4096 bytes, by any name but those of signatures. With WRITE among the requests it caches writes, so
what is written stays in memory until the server answers. When the server ends, all requests fail.
"""
import ctypes
import os
import struct
import sys

OPCODES = {1: "LOOKUP", 2: "FORGET", 3: "GETATTR", 4: "SETATTR", 14: "OPEN", 15: "READ", 16: "WRITE",
           18: "RELEASE", 25: "FLUSH", 26: "INIT", 42: "BATCH_FORGET"}
HEAD = struct.Struct("<IIQQ16x")
ROOT, FILE, SIZE = 1, 2, 4096
WRITEBACK_CACHE, ENOENT, ENOSYS = 1 << 16, 2, 38


def attributes(node):
    mode, size = (0o40755, 0) if node == ROOT else (0o100666, SIZE)
    return struct.pack("<QQQQQQIIIIIIIIII", node, size, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer_init(body, silent):
    readahead, flags = struct.unpack("<8xII", body[:16])
    wanted = WRITEBACK_CACHE if "WRITE" in silent else 0
    return struct.pack("<IIIIHHIIHH28x", 7, 31, readahead, flags & wanted, 12, 10, 131072, 1, 32, 0)


def answer(name, node, body, silent):
    """None: the kernel expects no answer."""
    if name == "INIT":
        return answer_init(body, silent)
    if name == "LOOKUP":
        return struct.pack("<QQQQII", FILE, 0, 3600, 3600, 0, 0) + attributes(FILE)
    if name in ("GETATTR", "SETATTR"):
        return struct.pack("<QII", 3600, 0, 0) + attributes(node)
    if name == "OPEN":
        return struct.pack("<QII", 1, 0, 0)
    if name == "READ":
        return bytes(SIZE)
    if name == "WRITE":
        return struct.pack("<II", struct.unpack("<16xI", body[:20])[0], 0)
    return None if "FORGET" in name else b""


def serve(device, silent):
    while True:
        request = os.read(device, 1 << 20)
        _, opcode, unique, node = HEAD.unpack(request[:HEAD.size])
        name = OPCODES.get(opcode)
        if name in silent:
            continue
        body = request[HEAD.size:]
        error = -ENOSYS if not name else -ENOENT if name == "LOOKUP" and body.endswith(b".sig\0") else 0
        data = b"" if error else answer(name, node, body, silent)
        if data is not None:
            os.write(device, struct.pack("<IiQ", 16 + len(data), error, unique) + data)


def main():
    directory, silent = sys.argv[1], set(sys.argv[2:])
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"silent", directory.encode(), b"fuse.silent", 0, options.encode()):
        sys.exit(os.strerror(ctypes.get_errno()))
    print("ready", flush=True)
    serve(device, silent)


if __name__ == "__main__":
    main()
