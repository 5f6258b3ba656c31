# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""'xdpctl monitor' reports what happens, as it happens."""
import json
import os
import signal
import subprocess

from harness import BUILD, OBJECTS, PATIENCE, Client, run, wait_for
from test_varlink import varlink
from tracing import Trace


class Monitor:
    """An 'xdpctl monitor' that listens, and the lines that it has printed so far."""

    def __init__(self, bench, *arguments):
        daemon = bench.first_daemon()
        self.path = bench.directory / f"monitor{len(bench.processes)}"
        with open(self.path, "wb") as output:
            self.process = subprocess.Popen(
                [BUILD / "cli/xdpctl", "--socket", daemon.socket, "monitor", *map(str, arguments)],
                stdout=output, stderr=subprocess.PIPE, text=True)
        bench.processes.append(self.process)
        assert wait_for(self.path.read_text), "nothing is printed"

    def lines(self):
        return self.path.read_text().splitlines()

    def events(self):
        return [json.loads(line) for line in self.lines()]

    def kinds(self, device):
        return [event["kind"] for event in self.events() if device in event.get("devices", [])]

    def wait(self, *kinds):
        """Waits until events of all these kinds were printed; returns the last event of each kind, in that order."""
        found = {}

        def complete():
            found.update({event["kind"]: event for event in self.events()})
            return all(kind in found for kind in kinds)
        assert wait_for(complete), f"waited for {kinds}: {self.path.read_text()}"
        return [found[kind] for kind in kinds]


def test_a_change_is_reported_with_who_made_it_and_what_runs(bench):
    device = bench.device()
    monitor = Monitor(bench, "--json")
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    changed, swapped = monitor.wait("changed", "swapped")
    assert changed["method"] == "Attach" and changed["uid"] == 0 and changed["command"] == "xdpctl", changed
    assert changed["components"] == ["fw"] and changed["objects"][0].startswith("sha256:"), changed
    assert swapped["devices"] == [device] and swapped["generation"] == 1, swapped
    numbers = [event["number"] for event in monitor.events()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), numbers
    bench.xdpctl("release", "--dev", device)
    monitor.wait("released")


def test_a_chain_that_is_fused_later_is_reported(bench):
    features = json.loads(bench.xdpctl("features", "--json", daemon=bench.daemon("probe")))["features"]
    if not any(feature["name"] == "freplace" and feature["available"] for feature in features):
        bench.skip("the kernel has no freplace")
    bench.daemons.pop().stop()
    bench.daemon("d", "--linker", "tiered", "--fuse-after", 1)
    device = bench.device()
    monitor = Monitor(bench, "--json")
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    monitor.wait("swapped", "fused")


def test_a_trace_is_reported_with_its_client(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    monitor = Monitor(bench, "--json")
    with Trace(bench.first_daemon(), device, sample=10, snaplen=64):
        traced, = monitor.wait("traced")
        assert traced["devices"] == [device] and traced["pid"] == os.getpid(), traced
        assert traced["sentence"].endswith(f": {device}, 1 packet in 10, 64 bytes of each"), traced
        assert "trace_ended" not in [event["kind"] for event in monitor.events()], monitor.events()
    ended, = monitor.wait("trace_ended")
    assert ended["devices"] == [device] and ended["pid"] == os.getpid(), ended
    assert "Trace by uid 0" in bench.logs()


def test_a_change_that_fails_is_reported(bench):
    device = bench.device()
    monitor = Monitor(bench, "--json")
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    bench.attach("verdict-2", "--dev", device, "--name", "fw", expect=1)
    failed, = monitor.wait("change_failed")
    assert failed["method"] == "Attach" and "'fw'" in failed["sentence"], failed


def test_a_dry_run_that_fails_is_not_a_change_that_failed(bench):
    bench.device(name="eth0")
    plan = bench.directory / "chains.json"
    plan.write_text(json.dumps({"devices": [{"name": "eth9", "components": []}]}))
    monitor = Monitor(bench, "--json")
    bench.xdpctl("plan", plan, expect=1)
    bench.attach("verdict-2", "--dev", "eth0", "--name", "fw")
    monitor.wait("changed")
    assert "change_failed" not in [event["kind"] for event in monitor.events()], monitor.events()


def test_devices_that_come_go_and_are_renamed_are_reported(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--match", f"mac={mac_of(bench, device)}")
    monitor = Monitor(bench, "--json")
    bench.rename(bench.netns, device, "lan7")
    renamed, = monitor.wait("renamed")
    assert renamed["devices"] == ["lan7"] and device in renamed["sentence"], renamed
    bench.rename(bench.netns, "lan7", device)
    address = mac_of(bench, device)
    bench.delete(device)
    monitor.wait("disappeared")
    bench.device(name=device)
    run("ip", "-n", bench.netns, "link", "set", device, "address", address)
    monitor.wait("appeared", "swapped")


def test_devices_of_the_same_name_are_told_apart_by_their_namespaces(bench):
    device, there = bench.device(), bench.peer
    path = f"/run/netns/{there}"
    for netns in ("default", there):
        bench.attach("verdict-2", "--dev", device, "--netns", netns, "--name", "fw")
    monitors = {name: Monitor(bench, "--json", *arguments) for name, arguments in {
        "here": ["--dev", device], "there": ["--dev", device, "--netns", there], "all there": ["--netns", there],
        "all": []}.items()}
    lines = Monitor(bench, "--dev", device, "--netns", there)
    for netns in ("default", there):
        bench.xdpctl("detach", "fw", "--dev", device, "--netns", netns)
    for run_id in {state["rootlet"].get("link_id") for state in bench.status()} - {None}:
        run("bpftool", "link", "detach", "id", run_id)
    expected = {"here": {None}, "there": {path}, "all there": {path}, "all": {None, path}}
    kinds = ("changed", "swapped", "detached", "reattached")
    for name, monitor in monitors.items():
        for netns in expected[name]:
            assert wait_for(lambda: {event["kind"] for event in monitor.events()
                                     if event.get("netns") == netns} >= set(kinds)), (name, monitor.events())
        assert {event.get("netns") for event in monitor.events() if "devices" in event} == expected[name], name
    assert wait_for(lambda: any(line.endswith(f"(in {path})") and "swapped" in line for line in lines.lines())), \
        lines.lines()


def mac_of(bench, device):
    shown = json.loads(run("ip", "-n", bench.netns, "-j", "link", "show", device).stdout)
    return shown[0]["address"]


def test_a_chain_that_was_detached_from_outside_is_reported_twice(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device)
    link = bench.status()[0]["rootlet"].get("link_id")
    monitor = Monitor(bench, "--json")
    run("bpftool", "link", "detach", "id", link)
    monitor.wait("detached", "reattached")
    assert "swapped" not in monitor.kinds(device)


def test_unconfirmed_changes_are_reported_until_they_are_decided(bench):
    device, other = bench.device(), bench.device()
    monitor = Monitor(bench, "--json")
    bench.attach("verdict-2", "--dev", device, "--confirm", "60s")
    monitor.wait("unconfirmed")
    bench.xdpctl("confirm", "--dev", device)
    confirmed, = monitor.wait("confirmed")
    assert confirmed["devices"] == [device], confirmed
    bench.attach("verdict-2", "--dev", other, "--confirm", "1s")
    rolled_back, = monitor.wait("rolled_back")
    assert rolled_back["devices"] == [other], rolled_back


def test_a_program_of_others_that_is_in_the_way_is_reported_once(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device)
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    monitor = Monitor(bench, "--json")
    bench.device(name="other0")
    run("ip", "-n", bench.netns, "link", "set", "other0", "xdp", "obj", OBJECTS / "verdict-1.o", "sec", "xdp")
    bench.rename(bench.netns, "other0", device)
    foreign, = monitor.wait("foreign_program")
    assert device in foreign["sentence"], foreign
    run("ip", "-n", bench.netns, "link", "set", device, "mtu", 1400)
    run("ip", "-n", bench.netns, "link", "set", device, "xdp", "off")
    run("ip", "-n", bench.netns, "link", "set", device, "mtu", 1500)
    monitor.wait("appeared", "swapped")
    assert monitor.kinds(device).count("foreign_program") == 1, monitor.events()


def test_only_what_was_asked_for_is_reported(bench):
    device, other = bench.device(), bench.device()
    by_device = Monitor(bench, "--json", "--dev", other)
    by_kind = Monitor(bench, "--json", "--kind", "released", "--kind", "renamed")
    bench.attach("verdict-2", "--dev", device)
    bench.attach("verdict-2", "--dev", other)
    by_device.wait("changed")
    bench.xdpctl("release", "--dev", device)
    by_kind.wait("released")
    assert {event["kind"] for event in by_kind.events()} == {"listening", "released"}
    assert all(event["devices"] == [other] for event in by_device.events()[1:]), by_device.events()
    assert "unknown kind" in bench.xdpctl("monitor", "--kind", "swaped", expect=1)


def test_people_get_a_line_for_each_event_with_the_time(bench):
    device = bench.device()
    monitor = Monitor(bench, "--count", "3")
    bench.attach("verdict-2", "--dev", device)
    assert monitor.process.wait(PATIENCE) == 0
    lines = monitor.lines()
    assert len(lines) == 3, lines
    assert all(line[4] == "-" and line[13] == ":" for line in lines), lines
    assert any(f"{device} runs generation 1" in line for line in lines), lines
    assert "--count takes a number" in bench.xdpctl("monitor", "--count", "x", expect=2)


def test_a_daemon_that_ends_ends_the_monitor(bench):
    monitor = Monitor(bench)
    bench.daemons[0].stop()
    assert monitor.process.wait(PATIENCE) == 3
    assert "closed the connection" in monitor.process.stderr.read()


def test_a_slow_reader_is_told_what_it_missed_and_keeps_nobody_waiting(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    with Client(bench.daemons[0].socket) as slow, Client(bench.daemons[0].socket) as other:
        slow.socket.sendall(json.dumps({"method": "io.xdpd.Monitor", "more": True}).encode() + b"\0")
        assert slow.receive()["parameters"]["event"]["kind"] == "listening"
        # Each failed change is an event; the kernel buffers some of them, and the daemon 64 KiB.
        for number in range(3000):
            answer = other.call("Detach", devices=[device], name=f"nothing-{'x' * 200}-{number}")
            assert answer["error"] == "io.xdpd.NoSuchComponent", answer
        events = []
        while not events or events[-1]["kind"] != "lost":
            events.append(slow.receive()["parameters"]["event"])
        reported = [event for event in events if event["kind"] == "change_failed"]
        assert len(reported) + events[-1]["lost"] == 3000, (len(reported), events[-1])


def test_a_monitor_whose_pipe_closes_ends(bench):
    device = bench.device()
    bench.first_daemon()
    process = subprocess.Popen([BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, "monitor"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    bench.processes.append(process)
    assert "listening" in process.stdout.readline()
    process.stdout.close()
    bench.attach("verdict-2", "--dev", device)
    assert process.wait(PATIENCE) in (1, -signal.SIGPIPE), process.returncode


def test_stock_clients_can_listen(bench):
    device = bench.device()
    daemon = bench.first_daemon()
    program = (
        "import varlink\n"
        f"client = varlink.Client(address='unix:{daemon.socket}')\n"
        "with client.open('io.xdpd') as xdpd:\n"
        "    for reply in xdpd.Monitor(_more=True):\n"
        "        print(reply['event']['kind'], flush=True)\n"
        "        if reply['event']['kind'] == 'swapped':\n"
        "            break\n")
    process = subprocess.Popen(["/usr/bin/python3", "-c", program], stdout=subprocess.PIPE, text=True)
    bench.processes.append(process)
    assert process.stdout.readline() == "listening\n"
    bench.attach("verdict-2", "--dev", device)
    rest, _ = process.communicate(timeout=PATIENCE)
    assert "swapped" in rest, rest
    refused = varlink("call", f"unix:{daemon.socket}/io.xdpd.Monitor", "{}")
    assert "ExpectedMore" in refused.stdout + refused.stderr
