# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A fake service manager for the daemon."""
import os
import socket

from harness import BUILD, run, wait_for


class Manager:
    """Has a socket for sd_notify(3), and stores descriptors."""

    def __init__(self, directory):
        self.path = directory / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.setblocking(False)
        self.said = []
        self.held = {}  # descriptors by name

    def hears(self, wanted, seconds=20):
        return wait_for(lambda: wanted in self.listen(), seconds)

    def listen(self):
        try:
            while True:
                text, fds, _, _ = socket.recv_fds(self.socket, 4096, 1)
                self.said += (lines := text.decode().splitlines())
                self.take(dict(line.split("=", 1) for line in lines), fds)
        except BlockingIOError:
            return self.said

    def take(self, said, fds):
        name = said.get("FDNAME")
        if "FDSTOREREMOVE" in said and name in self.held:
            os.close(self.held.pop(name))
        if "FDSTORE" in said:
            (self.held[name],) = fds

    def environment(self):
        """The command prefix that starts a daemon as the manager does, with the stored descriptors; call it before each
        start."""
        self.listen()
        opened = " ".join(f"{number}</proc/{os.getpid()}/fd/{fd}"
                          for number, fd in enumerate(self.held.values(), 3))
        return ["sh", "-c", f"exec {opened}; export LISTEN_PID=$$; exec \"$@\"", "sh", "env",
                f"NOTIFY_SOCKET={self.path}", f"LISTEN_FDS={len(self.held)}",
                f"LISTEN_FDNAMES={':'.join(self.held)}"]

    def close(self):
        self.listen()
        for fd in self.held.values():
            os.close(fd)

    def provide(self):
        """Do what the unit does before each start."""
        run(BUILD / "daemon/xdpd", "--provide-bpffs",
            env={**os.environ, "NOTIFY_SOCKET": str(self.path)})
