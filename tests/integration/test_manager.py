# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What the daemon reports to the service manager, and the sandbox that it runs in."""
import contextlib
import os
import signal
import time
from pathlib import Path

import sandbox
from harness import UNIT, wait_for
from fake_systemd import Manager


def managed_daemon(bench, *variables):
    manager = Manager(bench.directory)
    bench.daemon("managed", wrapper=["env", f"NOTIFY_SOCKET={manager.path}", *variables])
    return manager


@contextlib.contextmanager
def holding_manager(bench):
    """A fake manager that passes its stored descriptors to the daemon, and the daemon."""
    if UNIT:
        bench.skip("the sandbox does not see the descriptors of others")
    manager = Manager(bench.directory)
    manager.provide()
    try:
        yield manager, bench.daemon("managed", wrapper=manager.environment)
    finally:
        bench.daemons[0].stop()
        manager.close()


def what_runs(bench):
    """What runs, without counters."""
    return [(device["ifname"], device["generation"], device["rootlet"],
             [(entry["name"], entry["prog_id"], entry["maps"]) for entry in device["components"]])
            for device in bench.status()]


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
    absent = f"STATUS=2 devices (1 absent), 3 components, linker {linker}; not running: {devices[0]} (absent)"
    assert manager.hears(absent), manager.said
    daemon.stop()
    assert manager.hears("STOPPING=1")


def test_a_reload_is_announced_and_ends(bench):
    manager = managed_daemon(bench)
    assert manager.hears("READY=1")
    manager.said.clear()
    bench.daemons[0].signal(signal.SIGHUP)
    assert manager.hears("READY=1")
    assert manager.said[0] == "RELOADING=1" and manager.said[1].startswith("MONOTONIC_USEC=")
    assert bench.status() == []


def test_the_event_loop_feeds_the_watchdog(bench):
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


def test_the_daemon_is_in_the_sandbox_of_its_unit(bench):
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


def test_without_pins_the_next_daemon_takes_over_everything(bench):
    with holding_manager(bench) as (manager, daemon):
        several = [word for _ in range(2) for word in ("--dev", bench.device())]
        bench.attach("kind-maps", *several, "--name", "fw", "--prio", 10)
        bench.attach("verdict-1", *several, "--name", "other")
        assert bench.quiet()
        before = what_runs(bench)
        for number in range(1, 4):
            manager.provide()
            daemon.remove_pins()
            daemon.kill()
            bench.send("v0", 5, 1, 2)  # which fw drops
            daemon.start()
            assert what_runs(bench) == before
            fw = bench.chain("v0")[0]
            assert fw["counters"]["terminate"]["drop"] == 5 * number
            assert bench.map_value(fw, "an_array") == 5 * number
            bench.xdpctl("verify")
        manager.listen()
        assert list(manager.held) == ["bpffs"]


def test_a_changed_chain_has_backup_pins_before_it_is_fused(bench):
    with holding_manager(bench) as (manager, daemon):
        device = bench.device()
        for number in range(3):
            bench.attach("verdict-0" if number == 0 else "verdict-1", "--dev", device, "--name",
                         f"c{number}")
            daemon.remove_pins()
            daemon.kill()
            assert bench.arrive(device, 5, 1, 2) == 0, "they got past what should drop them"
            daemon.start()
            assert bench.names(device) == [f"c{i}" for i in range(number + 1)]


def test_no_backup_pins_are_kept_of_removed_chains(bench):
    with holding_manager(bench) as (manager, _):
        manager.listen()
        root = Path(f"/proc/self/fd/{manager.held['bpffs']}")

        def count(kind):
            with contextlib.suppress(FileNotFoundError):  # the daemon replaces a device's directory after its reply
                return len([path for path in root.glob("*/*") if path.name.endswith(kind)])

        device = bench.device()
        bench.attach("kind-maps", "--dev", device, "--name", "fw")
        bench.attach("verdict-1", "--dev", device, "--name", "other")
        assert wait_for(lambda: count("+program") == 2)
        bench.xdpctl("detach", "fw", "--dev", device)
        assert wait_for(lambda: [count(kind) for kind in ("+program", "map-an_array", "+rootlet")] == [1, 0, 1])
        bench.xdpctl("release", "--dev", device)
        assert wait_for(lambda: count("") == 0), list(root.glob("*/*"))
