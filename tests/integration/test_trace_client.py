# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What 'xdpctl trace' does with records of packets, which here come from a server that plays xdpd."""
import base64
import json
import mmap
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from harness import BUILD, PATIENCE, run, wait_for

PAGE = mmap.PAGESIZE
BUFFER = 4 * PAGE
NO_VERDICT, ENTRY, LEFT = 255, 255, 1
ABORTED, DROP, PASS, TX, REDIRECT = range(5)
OBJECT = "sha256:5f2a"


class Ring:
    """A ring buffer as the kernel fills it: the positions of reader and kernel, and the data twice."""

    def __init__(self):
        self.fd = os.memfd_create("ring")
        os.truncate(self.fd, 2 * PAGE + 2 * BUFFER)
        self.memory = mmap.mmap(self.fd, 2 * PAGE + 2 * BUFFER)
        self.end = 0
        self.n_lost = 0

    def record(self, packet, *, number=1, generation=7, component=0, verdict=DROP, flags=LEFT, queue=0, time=10**9,
               length=None):
        """Adds what a traced chain writes."""
        raw = struct.pack("=QQIIIBBBBI4x", time, number, generation, length or len(packet), queue, verdict, component,
                          flags, 0, len(packet)) + packet
        for byte in struct.pack("=II", len(raw), 0) + raw + bytes(-len(raw) % 8):
            for copy in (0, BUFFER):
                self.memory[2 * PAGE + copy + self.end % BUFFER] = byte
            self.end += 1
        self.memory[PAGE:PAGE + 8] = struct.pack("=Q", self.end)

    def lost(self, count):
        self.n_lost += count


def rewind(ring):
    """A later reader gets all records again."""
    ring.memory[:8] = bytes(8)


def counters(rings):
    """A file with the number of lost records of each ring."""
    fd = os.memfd_create("lost")
    os.write(fd, struct.pack(f"={len(rings)}Q", *(ring.n_lost for ring in rings)))
    return fd


class FakeDaemon:
    """Replies to one call of Trace."""

    def __init__(self, bench, *rings):
        self.path = bench.directory / f"fake{len(bench.processes)}.socket"
        self.path.unlink(missing_ok=True)
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(self.path))
        self.listening.listen()
        self.listening.settimeout(PATIENCE)
        self.rings = rings
        self.connection = self.call = None

    def accept(self):
        self.connection, _ = self.listening.accept()
        self.listening.close()  # further calls fail at once
        received = b""
        while not received.endswith(b"\0"):
            received += self.connection.recv(65536)
        self.call = json.loads(received[:-1])

    def reply(self, generation=7, components=("fw", "counter"), fds=(), continues=True, **more):
        parameters = {"device": "eth0", "generation": generation, "n_buffers": len(self.rings), "buffer_bytes": BUFFER,
                      "n_lost_counters": len(self.rings), "components": [{"name": name, "object": OBJECT, "program": name} for name in components], **more}
        message = {"parameters": parameters, **({"continues": True} if continues else {})}
        socket.send_fds(self.connection, [json.dumps(message).encode() + b"\0"], fds)

    def begin(self):
        self.accept()
        self.reply(fds=[counters(self.rings), *(ring.fd for ring in self.rings)], lost=0,
                   buffers=list(range(1, 1 + len(self.rings))))

    def end(self, why="the time limit is reached"):
        self.reply(continues=False, ended=why)
        self.connection.close()


def traced(bench, rings, *arguments, after=lambda daemon: daemon.end(), before=lambda daemon: None):
    """Runs 'xdpctl trace' against these rings; returns the process's results, and the call."""
    daemon = FakeDaemon(bench, *rings)

    def serve():
        daemon.begin()
        before(daemon)
        after(daemon)
    thread = threading.Thread(target=serve)
    thread.start()
    done = run(BUILD / "cli/xdpctl", "--socket", daemon.path, "trace", "--dev", "eth0", *arguments, check=False, timeout=PATIENCE)
    thread.join()
    return done, daemon.call["parameters"]


def frame(*, vlan=None, port=80):
    """A TCP packet with the flag SYN."""
    tcp = struct.pack(">HHIIBBHHH", 1234, port, 1, 0, 0x50, 2, 8192, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    tag = b"" if vlan is None else struct.pack(">HH", 0x8100, vlan)
    return bytes.fromhex("020000000002020000000001") + tag + b"\x08\0" + ip + tcp


TEXT = "IP 10.0.0.1.1234 > 10.0.0.2.80: Flags [S], seq 1, win 8192, length 0"


def without_times(text):
    return [re.sub(r"^\d\d:\d\d:\d\d\.\d{6} ", "", line) for line in text.splitlines()]


def test_each_packet_is_a_line(bench):
    ring = Ring()
    ring.record(frame())
    ring.record(frame(vlan=100), component=2, verdict=PASS)
    ring.record(frame()[:30], component=1, verdict=REDIRECT, length=54)
    done, _ = traced(bench, [ring])
    assert done.returncode == 0, done
    assert without_times(done.stdout) == [
        f"dropped by fw, generation 7, length 54: {TEXT}",
        f"passed at the end of the chain, generation 7, length 58: vlan 100, {TEXT}",
        "redirected by counter, generation 7, length 54: IP [|ip]"], done.stdout
    assert done.stderr.splitlines() == ["xdpctl: tracing eth0, generation 7; interrupt with Ctrl-C",
                                        "xdpctl: the trace ended: the time limit is reached"], done.stderr


def test_a_journey_shows_every_component_and_what_changed(bench):
    ring = Ring()
    changed = bytearray(frame())
    changed[50:52] = b"\1\2"
    ring.record(frame(), component=ENTRY, verdict=NO_VERDICT, flags=0)
    ring.record(bytes(changed), component=0, verdict=PASS, flags=0)
    ring.record(bytes(changed) + b"\0", component=1, verdict=TX)
    done, call = traced(bench, [ring], "--journey")
    assert call["journey"] is True, call
    assert without_times(done.stdout) == [
        f"#0000000000000001 arrived, generation 7, length 54: {TEXT}",
        f"#0000000000000001 pass from fw, generation 7, changed bytes 50 to 51, length 54: {TEXT}",
        f"#0000000000000001 sent back by counter, generation 7, changed its length, length 55: {TEXT}"], done.stdout


def test_a_journey_is_shown_if_the_packet_leaves_as_wanted(bench):
    """The kernel records the steps of all packets, and how they leave only of those that are wanted."""
    ring, other = Ring(), Ring()
    for number in range(5):
        for place, (component, verdict) in enumerate(((ENTRY, NO_VERDICT), (0, PASS))):
            ring.record(frame(port=100 + number), number=number, component=component, verdict=verdict, flags=0,
                        time=10**9 + 10 * number + place)
            other.record(frame(), number=10 + number, component=component, verdict=verdict, flags=0,
                         time=10**9 + 10 * number + place)
        if number == 2:
            ring.record(frame(port=102), number=number, component=1, time=10**9 + 10 * number + 5)
    for choice in (["--drops"], ["--component", "counter"], ["--verdict", "drop"]):
        done, _ = traced(bench, [ring, other], "--journey", *choice)
        text = TEXT.replace(".80:", ".102:")
        assert without_times(done.stdout) == [
            f"#0000000000000002 arrived, generation 7, length 54: {text}",
            f"#0000000000000002 pass from fw, generation 7, length 54: {text}",
            f"#0000000000000002 dropped by counter, generation 7, length 54: {text}"], done.stdout
        rewind(ring), rewind(other)
    done, _ = traced(bench, [ring, other], "--journey")
    assert len(done.stdout.splitlines()) == 21, done.stdout


def test_a_trace_without_packets_says_so(bench):
    done, _ = traced(bench, [Ring()])
    assert done.stdout == "" and done.stderr.splitlines()[-1] == "xdpctl: no packet was recorded", done


def test_json_has_a_line_for_each_packet(bench):
    ring = Ring()
    ring.record(frame(), queue=3, number=2**64 - 1)
    done, _ = traced(bench, [ring], "--json")
    line = json.loads(done.stdout)
    assert {key: line[key] for key in ("device", "packet", "outcome", "verdict", "component", "object", "generation",
                                       "length", "queue", "text")} == \
        {"device": "eth0", "packet": "f" * 16, "outcome": "leave", "verdict": "drop", "component": "fw",
         "object": OBJECT, "generation": 7, "length": 54, "queue": 3, "text": TEXT}, line
    assert base64.b64decode(line["bytes"], validate=True) == frame(), line


def test_packets_of_all_buffers_come_in_the_order_of_time(bench):
    rings = [Ring(), Ring(), Ring()]
    for number in range(30):
        rings[number % 3].record(frame(), time=10**9 + number, number=number)
    done, _ = traced(bench, rings, "--json")
    assert [int(json.loads(line)["packet"], 16) for line in done.stdout.splitlines()] == list(range(30))


def test_options_go_to_the_daemon(bench):
    done, call = traced(bench, [Ring()], "--verdict", "drop,tx", "--component", "fw", "--sample", "1000", "--snaplen",
                        "64", "--seconds", "5min", "tcp", "port", "80")
    assert done.returncode == 0, done
    filter_bytes = base64.b64decode(call.pop("filter"), validate=True)
    assert call == {"device": "eth0", "verdicts": ["drop", "tx"], "component": "fw", "sample": 1000, "snaplen": 64,
                    "seconds": 300}, call
    assert len(filter_bytes) % 8 == 0 and filter_bytes[:8] == struct.pack("=HBBI", 0x28, 0, 0, 12), filter_bytes
    _, call = traced(bench, [Ring()], "--drops")
    assert call["verdicts"] == ["aborted", "drop"], call


def test_bad_command_lines_are_refused_before_the_daemon_is_asked(bench):
    def refused(*arguments):
        done = run(BUILD / "cli/xdpctl", "--socket", "/nonexistent", "trace", *arguments, check=False)
        assert done.returncode == 2, done
        return done.stderr
    assert "trace needs --dev;" in refused() and "trace needs --dev;" in refused("tcp port 80")
    assert "trace needs --dev (did you mean '--dev lo'?)" in refused("lo")
    assert "unknown option -i (did you mean '--dev'?)" in refused("-i", "lo")
    assert "--sample: 0 is too small (minimum 1)" in refused("--dev", "eth0", "--sample", "0")
    assert "invalid expression 'port eighty': unknown port 'eighty'" in refused("--dev", "eth0", "port", "eighty")
    assert "invalid expression 'ip and': can't parse filter expression: syntax error" in \
        refused("--dev", "eth0", "ip and")
    assert "either --drops or --verdict" in refused("--dev", "eth0", "--drops", "--verdict", "tx")
    assert "--count takes a number from 1, not '0'" in refused("--dev", "eth0", "--count", "0")
    long = " or ".join(f"net {net}.{part}.0.0/16" for net in (1, 2) for part in range(60))
    assert re.search(r"it needs \d+ instructions; the maximum is 512", refused("--dev", "eth0", long))


def test_records_of_two_generations_have_the_names_of_their_own(bench):
    """Packets of a new generation come before the reply about it; they are shown after it."""
    ring = Ring()
    ring.record(frame(), generation=7)
    ring.record(frame(), generation=8)

    def change(daemon):
        time.sleep(0.3)
        daemon.reply(generation=8, components=("new",))
    done, _ = traced(bench, [ring], before=change)
    assert without_times(done.stdout) == [f"dropped by fw, generation 7, length 54: {TEXT}",
                                          f"dropped by new, generation 8, length 54: {TEXT}"], done.stdout


class Tracing:
    """An 'xdpctl trace' that runs, and what it has printed so far."""

    def __init__(self, bench, ring, *arguments):
        self.daemon, self.path = FakeDaemon(bench, ring), bench.directory / "shown"
        with open(self.path, "wb") as output:
            self.process = subprocess.Popen(
                [BUILD / "cli/xdpctl", "--socket", self.daemon.path, "trace", "--dev", "eth0", *arguments],
                stdout=output, stderr=subprocess.PIPE, text=True)
        bench.processes.append(self.process)
        self.daemon.begin()

    def has(self, words):
        return words in self.path.read_bytes()

    def errors(self):
        return self.process.communicate(timeout=PATIENCE)[1].splitlines()


def test_later_packets_in_a_file_have_the_new_name_of_a_renamed_device(bench):
    ring = Ring()
    ring.record(frame())
    tracing = Tracing(bench, ring, "--write", "-")
    assert wait_for(lambda: tracing.has(b"eth0:fw@leave"))
    assert tracing.process.stderr.readline() == "xdpctl: tracing eth0, generation 7; interrupt with Ctrl-C\n"
    tracing.daemon.reply(device="lan7")
    assert tracing.process.stderr.readline() == "xdpctl: eth0 was renamed to lan7\n"
    ring.record(frame(), component=1)
    tracing.daemon.reply(device="lan7", continues=False, ended="the time limit is reached")
    assert tracing.errors() == ["xdpctl: the trace ended: the time limit is reached"]
    assert tracing.has(b"lan7:counter@leave") and not tracing.has(b"lan7:fw@leave")


def test_later_lines_have_the_new_name_of_a_renamed_device(bench):
    ring = Ring()
    ring.record(frame())
    tracing = Tracing(bench, ring, "--json")
    assert wait_for(lambda: tracing.has(b'"device":"eth0"'))
    tracing.daemon.reply(device="lan7")
    # A record that is read before the reply has the old name.
    assert wait_for(lambda: ring.record(frame()) or tracing.has(b'"device":"lan7"'))
    tracing.daemon.reply(device="lan7", continues=False, ended="the time limit is reached")
    assert tracing.errors().count("xdpctl: eth0 was renamed to lan7") == 1
    names = [json.loads(line)["device"] for line in tracing.path.read_text().splitlines()]
    assert names == sorted(names), names


def test_the_count_ends_a_trace(bench):
    ring = Ring()
    for number in range(10):
        ring.record(frame(), number=number)
    done, _ = traced(bench, [ring], "--count", "3", after=lambda daemon: daemon.connection.recv(1))
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 3, done


def test_lost_records_are_reported(bench):
    ring = Ring()
    ring.lost(17)
    ring.record(frame())
    done, _ = traced(bench, [ring])
    assert done.stderr.splitlines()[-1].startswith("xdpctl: 17 records were lost because"), done.stderr


def test_a_refusal_is_printed(bench):
    daemon = FakeDaemon(bench)

    def refuse():
        daemon.accept()
        daemon.connection.sendall(json.dumps({"error": "io.xdpd.LimitExceeded", "parameters": {
            "message": "eth0 has 8 traces", "errno": "EBUSY", "detail": []}}).encode() + b"\0")
    thread = threading.Thread(target=refuse)
    thread.start()
    path = bench.directory / "kept.pcapng"
    path.write_bytes(b"earlier")
    done = run(BUILD / "cli/xdpctl", "--socket", daemon.path, "trace", "--dev", "eth0", "--write", path, check=False, timeout=PATIENCE)
    thread.join()
    assert done.returncode == 1 and done.stderr.startswith("xdpctl: eth0 has 8 traces"), done
    assert path.read_bytes() == b"earlier"


def write(bench, *records, lost=0, **options):
    """Traces into a file, and returns its path."""
    ring = Ring()
    for record in records:
        ring.record(frame(), **record)
    if lost:
        ring.lost(lost)
    path = bench.directory / "written.pcapng"
    done, _ = traced(bench, [ring], "--write", path, "--journey", **options)
    return path, done


def tshark(bench, path, *arguments):
    if not shutil.which("tshark"):
        bench.skip("tshark is not installed")
    return run("tshark", "-r", path, *arguments).stdout.splitlines()


def test_wireshark_finds_packets_by_their_verdict(bench):
    path, _ = write(bench, {"component": ENTRY, "verdict": NO_VERDICT, "flags": 0},
                    {"verdict": DROP, "queue": 5}, {"component": 2, "verdict": PASS, "number": 2})
    fields = [word for field in ("interface_name", "interface_queue", "packet_id", "comment")
              for word in ("-e", f"frame.{field}")]
    assert tshark(bench, path, "-Y", "frame.verdict.ebpf_xdp == 1", "-T", "fields", *fields) == \
        [f"eth0:fw@leave\t5\t1\tdropped by fw, generation 7, object {OBJECT}"]
    assert tshark(bench, path, "-T", "fields", "-e", "frame.interface_name") == \
        ["eth0@arrive", "eth0:fw@leave", "eth0@leave"]
    assert tshark(bench, path, "-Y", "tcp.flags.syn == 1 && frame.verdict.ebpf_xdp == 2", "-T", "fields", "-e",
                  "frame.packet_id") == ["2"]


def test_the_file_is_complete_when_a_signal_or_the_daemon_ends_the_trace(bench):
    for end, status in ((lambda daemon: daemon.connection.close(), 3), (lambda daemon: daemon.end(), 0)):
        path, done = write(bench, {}, lost=3, after=end)
        assert done.returncode == status, done
        statistics = struct.pack("=HHQ", 5, 8, 3)  # the option isb_ifdrop
        assert statistics in path.read_bytes(), "no count of lost packets"
        assert f"1 records of packets are in '{path}'" in done.stderr, done.stderr


def test_a_signal_ends_a_trace_in_good_order(bench):
    ring = Ring()
    ring.record(frame())
    daemon = FakeDaemon(bench, ring)
    path = bench.directory / "written.pcapng"
    process = subprocess.Popen([BUILD / "cli/xdpctl", "--socket", daemon.path, "trace", "--dev", "eth0", "-w", path],
                               stderr=subprocess.PIPE, text=True)
    bench.processes.append(process)
    daemon.begin()
    assert wait_for(lambda: path.exists() and b"dropped by fw" in path.read_bytes())
    process.send_signal(signal.SIGSTOP)
    for _ in range(10):
        ring.record(frame())
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    _, errors = process.communicate()
    assert process.returncode == 0 and "11 records of packets are in" in errors, errors
    assert daemon.connection.recv(1) == b"", "the trace still runs"


def test_a_reader_that_goes_away_ends_a_trace(bench):
    ring = Ring()
    daemon = FakeDaemon(bench, ring)
    process = subprocess.Popen([BUILD / "cli/xdpctl", "--socket", daemon.path, "trace", "--dev", "eth0", "-w", "-"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    bench.processes.append(process)
    daemon.begin()
    assert process.stdout.read(4) == bytes.fromhex("0a0d0d0a")
    process.stdout.close()
    ring.record(frame())
    assert process.wait(PATIENCE) == -signal.SIGPIPE, process.stderr.read()


def test_lines_are_those_of_tcpdump(bench):
    ring = Ring()
    ring.record(frame())
    ring.record(frame(port=53))
    path = bench.directory / "written.pcapng"
    traced(bench, [ring], "--write", path)
    ours = [TEXT, TEXT.replace(".80:", ".53:")]
    theirs = run("tcpdump", "-nnt", "-r", path).stdout.splitlines()
    assert len(theirs) == len(ours), theirs
    for our, their in zip(ours, theirs):
        assert their.startswith(our.split(", seq")[0]), (our, their)


def test_buffers_that_cannot_be_used_are_refused(bench):
    ring = Ring()
    unusable, invalid = (1, "ring buffer"), (3, "the server is not xdpd: buffers[0]:")
    for more, (status, words) in (({"buffers": [7]}, unusable), ({"buffers": [-1]}, unusable),
                                  ({"buffers": ["x"]}, invalid), ({"buffers": [0], "buffer_bytes": 2**40}, unusable),
                                  ({"buffers": [0], "buffer_bytes": 12345}, unusable)):
        daemon = FakeDaemon(bench, ring)

        def serve(daemon=daemon, more=more):
            daemon.accept()
            daemon.reply(fds=[ring.fd], **more)
        thread = threading.Thread(target=serve)
        thread.start()
        done = run(BUILD / "cli/xdpctl", "--socket", daemon.path, "trace", "--dev", "eth0", check=False, timeout=PATIENCE)
        thread.join()
        assert done.returncode == status and words in done.stderr, (more, done)
        daemon.path.unlink()


class Tracer:
    """An 'xdpctl trace' of a device of a real daemon, which has begun."""

    def __init__(self, bench, device, *arguments):
        daemon = bench.first_daemon()
        self.process = subprocess.Popen([BUILD / "cli/xdpctl", "--socket", daemon.socket, "trace", "--dev", device,
                                         *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        bench.processes.append(self.process)
        self.first = self.process.stderr.readline()
        assert self.first.startswith(f"xdpctl: tracing {device}, generation "), \
            self.first + self.process.stderr.read()

    def end(self):
        """What it prints until it ends by itself."""
        output, errors = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, errors
        return without_times(output)


def two_components(bench):
    device = bench.device()
    for number, name in enumerate(("first", "fw")):
        bench.attach(f"verdict-{number}", "--dev", device, "--name", name, "--prio", number)
    bench.quiet()
    return device


def test_drops_of_a_real_chain_have_the_component_that_decided(bench):
    device = two_components(bench)
    generation = bench.status()[0]["generation"]
    drops = Tracer(bench, device, "--drops", "--count", 3, "ether", "proto", "0x88b5")
    others = Tracer(bench, device, "--seconds", 3, "not ether proto 0x88b5 and not ip6")
    bench.send(device, 5, PASS, PASS)
    bench.send(device, 2, PASS, DROP)
    bench.send(device, 1, DROP)
    lines = drops.end()
    assert [line.partition(": ")[0] for line in lines] == \
        [f"dropped by fw, generation {generation}, length 230"] * 2 + \
        [f"dropped by first, generation {generation}, length 230"], lines
    assert all(line.endswith(", ethertype 0x88b5, length 216") for line in lines), lines
    assert others.end() == []


def test_a_journey_through_a_real_chain_can_be_opened_in_wireshark(bench):
    device = two_components(bench)
    path = bench.directory / "journey.pcapng"
    tracer = Tracer(bench, device, "--journey", "--count", 1, "--write", path, "ether proto 0x88b5")
    bench.send(device, 1, PASS, DROP)
    tracer.end()
    fields = [word for field in ("interface_name", "verdict.ebpf_xdp", "interface_queue")
              for word in ("-e", f"frame.{field}")]
    assert tshark(bench, path, "-T", "fields", *fields) == \
        [f"{device}@arrive\t\t0", f"{device}:first@proceed\t2\t0", f"{device}:fw@leave\t1\t0"]
    assert len(set(tshark(bench, path, "-T", "fields", "-e", "frame.packet_id"))) == 1
    comment, = tshark(bench, path, "-Y", "frame.verdict.ebpf_xdp == 1", "-T", "fields", "-e", "frame.comment")
    assert re.fullmatch(r"dropped by fw, generation \d+, object sha256:[0-9a-f]{64}", comment), comment


def test_the_time_limit_and_unknown_devices_are_reported(bench):
    device = two_components(bench)
    tracer = Tracer(bench, device, "--seconds", 1)
    assert tracer.process.wait(PATIENCE) == 0
    assert tracer.process.stderr.read().startswith("xdpctl: the trace ended: "), "no reason"
    error = bench.xdpctl("trace", "--dev", "nosuch", expect=1)
    assert "nosuch" in error, error
    error = bench.xdpctl("trace", "--dev", device, "--component", "f", expect=1)
    assert f"{device} has no component 'f'" in error, error
