"""What the daemon says to the service manager, and the sandbox that this starts it in."""
import os
import signal
import socket
import time
from pathlib import Path

import sandbox
from harness import UNIT, wait_for


class Manager:
    """A socket for sd_notify(3), as the service manager has one."""

    def __init__(self, directory):
        self.path = directory / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.setblocking(False)
        self.said = []

    def hears(self, wanted, seconds=20):
        return wait_for(lambda: wanted in self.listen(), seconds)

    def listen(self):
        try:
            while True:
                self.said += self.socket.recv(4096).decode().splitlines()
        except BlockingIOError:
            return self.said


def managed_daemon(bench, *variables):
    manager = Manager(bench.directory)
    bench.daemon("managed", wrapper=["env", f"NOTIFY_SOCKET={manager.path}", *variables])
    return manager


def test_status_line_follows_the_changes(bench):
    manager = managed_daemon(bench)
    assert manager.hears("READY=1")
    daemon = bench.daemons[0]
    linker = daemon.log.read_text().split("linker ")[1].split()[0]
    assert f"STATUS=0 devices, 0 components, linker {linker}" in manager.said
    devices = [bench.device(), bench.device()]
    bench.attach("verdict-0", "--dev", devices[0])
    assert manager.hears(f"STATUS=1 device, 1 component, linker {linker}"), manager.said
    bench.attach("verdict-1", "--dev", devices[0], "--dev", devices[1], "--name", "b")
    assert manager.hears(f"STATUS=2 devices, 3 components, linker {linker}"), manager.said
    bench.inside(bench.netns, "ip", "link", "del", devices[0])
    absent = f"STATUS=2 devices (1 absent), 3 components, linker {linker}"
    assert manager.hears(absent), manager.said
    daemon.stop()
    assert manager.hears("STOPPING=1")


def test_reload_is_announced_and_ends(bench):
    manager = managed_daemon(bench)
    assert manager.hears("READY=1")
    manager.said.clear()
    bench.daemons[0].signal(signal.SIGHUP)
    assert manager.hears("READY=1")
    assert manager.said[0] == "RELOADING=1" and manager.said[1].startswith("MONOTONIC_USEC=")
    assert bench.status() == []


def test_watchdog_is_fed_by_the_loop_while_it_turns(bench):
    manager = managed_daemon(bench, "WATCHDOG_USEC=400000")
    for _ in range(3):
        assert manager.hears("WATCHDOG=1")
        manager.said.clear()
    bench.daemons[0].signal(signal.SIGSTOP)
    manager.listen()
    manager.said.clear()
    time.sleep(0.6)
    assert manager.listen() == []
    bench.daemons[0].signal(signal.SIGCONT)
    assert manager.hears("WATCHDOG=1")


def test_daemon_is_in_the_sandbox_of_its_unit(bench):
    if not UNIT:
        bench.skip("no unit is tried here")
    daemon = bench.daemon()
    names = {line.split("=")[0] for line in sandbox.settings(UNIT)} - {"BindPaths"}
    assert "SystemCallFilter" in names

    def shown(unit):
        return sandbox.systemctl("show", *(f"--property={name}" for name in sorted(names)), unit)

    assert shown(daemon.unit) == shown(UNIT)
    state = dict(line.split(":\t") for line in
                 Path(f"/proc/{daemon.pid()}/status").read_text().splitlines() if ":\t" in line)
    assert state["Seccomp"] == "2" and state["NoNewPrivs"] == "1", state
    assert os.readlink(f"/proc/{daemon.pid()}/ns/mnt") != os.readlink("/proc/self/ns/mnt")
