# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The recorder: it keeps the newest packets, through restarts of the daemon, and what it kept outlives it."""
import json
import os
import re
import signal
import subprocess

from harness import BUILD, OBJECTS, PATIENCE, run, wait_for
from test_trace import ABORTED, DROP, PASS, back, running_id
from test_trace_client import tshark


class Recorder:
    """The recorders of a test, in a directory of its own."""

    def __init__(self, bench):
        self.bench = bench
        self.directory = bench.directory / "recordings"

    def call(self, verb, *arguments, expect=0):
        done = self.bench.try_xdpctl("record", verb, "--directory", self.directory, *arguments)
        assert done.returncode == expect, done
        return done.stderr if expect else done.stdout

    def ask(self, verb, *arguments):
        return json.loads(self.call(verb, "--json", *arguments))

    def start(self, device, *arguments):
        return self.ask("start", "--dev", device, "--size", "1M", *arguments)["pid"]

    def status(self):
        return self.ask("status")["recordings"]

    def has(self, count):
        """True when so many packets were recorded, or lost by the kernel."""
        return wait_for(lambda: self.status()[0]["packets"] + self.status()[0]["lost"] >= count)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for recording in self.status():
            if "pid" in recording:
                os.kill(recording["pid"], signal.SIGKILL)


def chain_of_two(bench):
    device = bench.device()
    for number in range(2):
        bench.attach(f"verdict-{number}", "--dev", device, "--name", f"c{number}", "--prio", number)
    bench.quiet()
    return device


def test_the_newest_packets_are_kept_and_read_by_other_tools(bench):
    device = chain_of_two(bench)
    before, saved = running_id(bench, device), bench.directory / "saved.pcapng"
    with Recorder(bench) as recorder:
        recorder.start(device)
        assert running_id(bench, device) != before
        for count, verdicts in ((6000, (DROP,)), (6000, (PASS, ABORTED))):
            bench.send(device, count, *verdicts, interval=20)
        assert recorder.has(12000), recorder.status()
        reply = recorder.ask("save", saved)
        assert reply["packets"] + reply["older"] + reply["lost"] == 12000, reply
        assert reply["packets"] <= 5700 and reply["gaps"] == [], reply
        # A packet takes 184 bytes, and at most one of four segments is empty.
        assert reply["packets"] > 4200 or reply["lost"], reply
        assert reply["from"] < reply["to"]
        assert saved.stat().st_mode & 0o777 == 0o600
        chains = bench.directory / "nothing.json"
        chains.write_text(json.dumps({"devices": [{"name": device, "components": []}]}))
        compared = bench.try_xdpctl("test", "--diff", chains, saved)
        assert compared.returncode == 1 and f"of {reply['packets']} packets" in compared.stdout, compared
        recorder.call("stop")
        back(bench, device, before)
    comments = tshark(bench, saved, "-T", "fields", "-e", "frame.verdict.ebpf_xdp", "-e", "frame.comment")
    assert len(comments) == reply["packets"] and (len(set(comments)) == 1 or reply["lost"]), set(comments)
    assert re.fullmatch(r"0\taborted by c1, generation 2, object sha256:[0-9a-f]{64}", comments[-1]), comments[-1]


def test_a_recorder_outlives_the_daemon_and_says_what_it_missed(bench):
    device = chain_of_two(bench)
    daemon, saved = bench.first_daemon(), bench.directory / "saved.pcapng"
    with Recorder(bench) as recorder:
        pid = recorder.start(device)
        bench.send(device, 3, DROP)
        assert recorder.has(3)
        daemon.kill()
        assert wait_for(lambda: recorder.status()[0]["state"] == "waiting")
        assert "xdpd" in recorder.status()[0]["reason"], recorder.status()
        bench.send(device, 2, DROP)  # the chain records without the daemon
        assert recorder.has(5)
        gap, = recorder.ask("save", saved)["gaps"]
        assert gap["from"] < gap["to"] and "xdpd" in gap["reason"], gap
        daemon.start()
        assert wait_for(lambda: recorder.status()[0]["state"] == "recording")
        daemon.stop()
        daemon.start()
        assert wait_for(lambda: recorder.status()[0]["state"] == "recording" and
                        len(recorder.ask("save", saved)["gaps"]) == 2)
        bench.send(device, 4, PASS, DROP)
        assert recorder.has(9) and recorder.status()[0]["pid"] == pid
        reply = recorder.ask("save", saved)
        assert reply["packets"] == 9 and reply["lost"] == 0 and len(reply["gaps"]) == 2, reply
        assert all(gap["from"] < gap["to"] for gap in reply["gaps"]), reply
        assert "may be missing: " in recorder.call("save", saved)
        content = saved.read_bytes()
        assert content.count(b"before this packet: packets from 20") == 1
        assert content.count(b"may be missing: ") >= 3, "the section has both gaps"


def test_a_policy_is_recorded_under_its_name(bench):
    device, saved = bench.device(), bench.directory / "saved.pcapng"
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device)
    bench.attach("verdict-0", "--dev", device, "--slot", "xdp_firewall_placeholder")
    bench.quiet()
    with Recorder(bench) as recorder:
        recorder.start(device, "--drops", "ether", "proto", "0x88b5")
        bench.send(device, 2, PASS)
        bench.send(device, 3, DROP)
        assert recorder.has(3)
        assert recorder.ask("save", saved)["packets"] == 3
        recorder.call("stop")
    content = saved.read_bytes()
    assert f"{device}:policy@leave".encode() in content and content.count(b"dropped by policy, ") == 3


def test_what_was_recorded_is_there_when_the_recorder_was_killed(bench):
    device = chain_of_two(bench)
    before, saved = running_id(bench, device), bench.directory / "saved.pcapng"
    with Recorder(bench) as recorder:
        pid = recorder.start(device, "--snaplen", 20, "ether", "proto", "0x88b5")
        bench.send(device, 5, DROP)
        assert recorder.has(5)
        os.kill(pid, signal.SIGKILL)
        back(bench, device, before)
        recording, = recorder.status()
        assert recording["state"] == "killed" and "pid" not in recording, recording
        assert (recording["snaplen"], recording["expression"]) == (20, "ether proto 0x88b5"), recording
        reply = recorder.ask("save", saved)
        assert reply["packets"] == 5 and reply["gaps"][0]["reason"] == "the recorder was killed", reply
        assert "is not recorded at present" in recorder.call("stop", expect=1)
        assert recorder.start(device) != pid, "the next one replaces it"
        assert recorder.ask("save", saved)["packets"] == 0
        recorder.call("stop", "--discard")
        assert recorder.status() == [] and not list(recorder.directory.iterdir())


def test_a_device_has_one_recorder(bench):
    device, other = chain_of_two(bench), bench.device()
    bench.attach("verdict-0", "--dev", other)
    with Recorder(bench) as recorder:
        pid = recorder.start(device)
        error = recorder.call("start", "--dev", device, expect=1)
        assert error.startswith(f"xdpctl: {device} is recorded already, by process {pid}; 'xdpctl record stop"), error
        done = bench.try_xdpctl("record", "start", "--directory", recorder.directory, "--dev", device, "--json")
        assert json.loads(done.stdout)["error"] == "io.xdpd.LimitExceeded", done
        recorder.start(other)
        assert [entry["ifname"] for entry in recorder.status()] == [device, other]
        assert "there are several recordings" in recorder.call("stop", expect=1)
        recorder.call("stop", "--dev", other)
        assert [entry["state"] for entry in recorder.status()] == ["recording", "stopped"]


def test_what_cannot_be_recorded_is_refused_and_leaves_nothing(bench):
    device = chain_of_two(bench)
    with Recorder(bench) as recorder:
        assert "no network device 'nosuch'" in recorder.call("start", "--dev", "nosuch", expect=1)
        assert "record start needs --dev" in recorder.call("start", expect=2)
        assert "invalid expression 'port eighty'" in recorder.call("start", "--dev", device, "port eighty", expect=2)
        for size in ("1", "x", "64Q", "17G", "17179869185G", "99999999999999999999M"):
            assert "--size takes a size such as 64M" in recorder.call("start", "--dev", device, "--size", size, expect=2)
        assert "there is no recording in" in recorder.call("save", "x", expect=1)
        assert "there is no recording of x in" in recorder.call("stop", "--dev", "x", expect=1)
        assert "nothing is recorded" in recorder.call("status")
        done = run(BUILD / "cli/xdpctl", "--socket", "/nonexistent", "record", "start", "--directory",
                   recorder.directory, "--dev", device, check=False)
        assert done.returncode == 3 and "cannot reach xdpd" in done.stderr, done
        assert not list(recorder.directory.iterdir())
        (recorder.directory / "dev-x").write_bytes(b"not a ring" * 1000)
        recording, = recorder.status()
        assert recording["state"] == "damaged" and "does not begin like one" in recording["failure"], recording


def test_a_recorder_waits_for_its_device(bench):
    device = chain_of_two(bench)
    with Recorder(bench) as recorder:
        recorder.start(device)
        bench.delete(device)
        assert wait_for(lambda: recorder.status()[0]["state"] == "waiting")
        assert recorder.status()[0]["reason"] in (f"device {device} disappeared",
                                                  f"device {device} does not exist at present")
        bench.device(name=device)
        assert wait_for(lambda: recorder.status()[0]["state"] == "recording"), recorder.status()
        bench.send(device, 2, DROP)
        assert recorder.has(2)


def test_a_recording_follows_a_renamed_device(bench):
    device, daemon, saved = chain_of_two(bench), bench.first_daemon(), bench.directory / "saved.pcapng"
    with Recorder(bench) as recorder:
        recorder.start(device)
        bench.send(device, 3, DROP)
        assert recorder.has(3)
        bench.rename(bench.netns, device, "lan7")
        assert wait_for(lambda: recorder.status()[0]["ifname"] == "lan7"), recorder.status()
        daemon.stop()
        daemon.start()
        assert wait_for(lambda: recorder.status()[0]["state"] == "recording" and
                        len(recorder.ask("save", saved, "--dev", "lan7")["gaps"]) == 1), recorder.status()
        # The other end drops frames until it has noticed that the device is up again.
        assert wait_for(lambda: bench.send(device, 1, DROP) or recorder.status()[0]["packets"] > 3)
        assert recorder.ask("save", saved)["packets"] > 3
        content = saved.read_bytes()
        assert f"{device}:c0@leave".encode() in content and b"lan7:c0@leave" in content


def test_a_recorder_in_the_foreground_ends_with_a_signal(bench):
    device = chain_of_two(bench)
    before = running_id(bench, device)
    with Recorder(bench) as recorder:
        process = subprocess.Popen(
            [BUILD / "cli/xdpctl", "--socket", bench.first_daemon().socket, "record", "start", "--foreground",
             "--directory", recorder.directory, "--dev", device, "--drops"], stdout=subprocess.PIPE, text=True)
        bench.processes.append(process)
        assert process.stdout.readline().startswith(f"{device}: recording into '{recorder.directory}/dev-{device}'")
        bench.send(device, 4, DROP)
        bench.send(device, 4, PASS, PASS)
        assert recorder.has(4)
        process.terminate()
        assert process.wait(PATIENCE) == 0
        recording, = recorder.status()
        assert (recording["state"], recording["packets"]) == ("stopped", 4), recording
    back(bench, device, before)
