# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Settings at the start and at a reload, and the limits they set."""
import json
import signal
import socket

from harness import PATIENCE, Daemon, run, wait_for

STATUS = b'{"method":"io.xdpd.Status"}\0'


def reload(daemon, line):
    """Send SIGHUP, and wait until this line is in the log once more."""
    before = daemon.log.read_text().count(line)
    daemon.signal(signal.SIGHUP)
    assert wait_for(lambda: daemon.log.read_text().count(line) > before), daemon.log.read_text()


def connect(daemon, count):
    clients = []
    for _ in range(count):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(PATIENCE)
        client.connect(str(daemon.socket))
        clients.append(client)
    return clients


def answer(client):
    try:
        client.sendall(STATUS)
    except (BrokenPipeError, ConnectionResetError):
        pass  # the daemon sent the reason
    return json.loads(client.recv(65536)[:-1]).get("error", "")


def test_a_wrong_configuration_prevents_the_start(bench):
    daemon = Daemon(bench, "wrong")
    for lines, sentence in ((["# fine", "max-changs = 3"], ":2: unknown setting 'max-changs'"),
                            (["max-changes = many"], ":1: max-changes: invalid value 'many'; use"),
                            (["read-group = nosuchgroup"], ":1: read-group: no group 'nosuchgroup'"),
                            (["[xdpd]", "nonsense"], ":2: not a line of the form 'key = value'")):
        daemon.configure(*lines)
        done = run(*daemon.command, check=False)
        assert done.returncode == 1, done
        assert done.stderr.startswith(f"xdpd: {daemon.config}/test.conf{sentence}"), done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
    assert not daemon.socket.exists()


def test_a_reload_applies_valid_settings_and_keeps_the_previous_ones_otherwise(bench):
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(bench.directory / "notify"))
    notify.settimeout(PATIENCE)
    daemon = bench.daemon("d", wrapper=("env", f"NOTIFY_SOCKET={bench.directory}/notify"))
    assert notify.recv(1000).startswith(b"READY=1\nSTATUS=0 devices")
    keep = connect(daemon, 1)

    daemon.configure("max-connections = 3")
    reload(daemon, "configuration reloaded from")
    begin, end = notify.recv(1000).decode().splitlines(), notify.recv(1000)
    assert begin[0] == "RELOADING=1" and begin[1].startswith("MONOTONIC_USEC="), begin
    assert end.startswith(b"READY=1\nSTATUS=") and b"not reloaded" not in end, end
    clients = connect(daemon, 3)
    assert [answer(client) for client in clients] == ["", "", "io.xdpd.LimitExceeded"]
    assert answer(keep[0]) == ""
    for client in clients:
        client.close()

    daemon.configure("max-connections = 2", "max-connections = 1")
    reload(daemon, "configuration not reloaded; the previous one stays in force: "
           f"{daemon.config}/test.conf:2: max-connections: invalid value '1'; use a number from 2 to "
           "16384")
    assert notify.recv(1000).startswith(b"RELOADING=1\n")
    end = notify.recv(1000)
    assert end.startswith(b"READY=1\nSTATUS=") and b"; configuration not reloaded: " in end
    clients = connect(daemon, 2)
    assert [answer(client) for client in clients] == ["", ""]
    for client in [*keep, *clients]:
        client.close()
    daemon.stop()
    assert notify.recv(1000) == b"STOPPING=1"


def test_xdpctl_names_the_limit_that_was_exceeded(bench):
    daemon = bench.daemon()
    daemon.configure("max-connections-per-user = 2")
    reload(daemon, "configuration reloaded from")
    device = bench.device()
    clients = connect(daemon, 2)
    assert [answer(client) for client in clients] == ["", ""]
    for _ in range(20):  # whichever side is faster
        sentence = bench.attach("verdict-0", "--dev", device, expect=1)
        assert sentence == "xdpctl: uid 0 has the maximum of 2 connections (max-connections-per-user)\n", sentence
    for client in clients:
        assert answer(client) == ""
        client.close()
    assert wait_for(lambda: "limit exceeded by uid 0" in daemon.log.read_text())
    assert daemon.log.read_text().count("limit exceeded") < 10
    bench.attach("verdict-0", "--dev", device)
