# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Packets a second: 'xdpctl status --rate', '--watch' and 'xdpctl top'."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pyte

from harness import BUILD, OBJECTS, PATIENCE, wait_for

DROP, PASS = 1, 2


def two_components(bench, device):
    """Attaches two components: the first drops the packets that are marked for it, the second passes the rest."""
    bench.attach("verdict-0", "--dev", device, "--name", "first")
    bench.attach("verdict-1", "--dev", device, "--name", "second")


class Traffic:
    """Packets in the background; the first component drops all or none of them."""

    def __init__(self, bench, device, *verdicts):
        self.sender = bench.sender(device, 10**9, *verdicts)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sender.kill()
        self.sender.wait()


def command(bench, *words):
    return [BUILD / "cli/xdpctl", "--socket", bench.first_daemon().socket, *map(str, words)]


def rates_of(shown, device):
    found, = [entry for entry in shown["devices"] if entry["ifname"] == device]
    return found["rates"], {entry["name"]: entry["rates"] for entry in found["components"]}


def test_rates_are_differences_of_the_counters(bench):
    device = bench.device()
    two_components(bench, device)
    with Traffic(bench, device, PASS, PASS):
        before = bench.chain(device)[0]["counters"]["run"]
        start = time.monotonic()
        shown = json.loads(bench.xdpctl("status", "--rate", "--json"))
        took = time.monotonic() - start
        after = bench.chain(device)[0]["counters"]["run"]
    whole, components = rates_of(shown, device)
    assert 0.9 < shown["seconds"] <= took, (shown["seconds"], took)
    assert 0 < components["first"]["run"] * shown["seconds"] <= after - before, (shown, before, after)
    assert components["first"]["proceed"] > 0 and components["first"]["terminate"]["drop"] == 0
    assert whole["run"] == components["first"]["run"]
    assert abs(whole["terminate"]["pass"] - whole["run"]) < whole["run"] / 2


def test_drops_are_the_component_that_dropped(bench):
    device = bench.device()
    two_components(bench, device)
    with Traffic(bench, device, PASS, DROP):
        whole, components = rates_of(json.loads(bench.xdpctl("top", "-b", "-n", 1, "--json")), device)
    assert components["second"]["terminate"]["drop"] > 0
    assert components["first"]["terminate"]["drop"] == 0
    assert whole["terminate"]["drop"] == components["second"]["terminate"]["drop"]


def test_tables_have_a_line_for_the_device_and_each_component(bench):
    device, other = bench.device(), bench.device()
    two_components(bench, device)
    bench.attach("verdict-0", "--dev", other, "--name", "alone")
    with Traffic(bench, device, PASS, PASS):
        for words in (["status", "--rate"], ["top", "--batch", "--count", 1]):
            lines = bench.xdpctl(*words).splitlines()
            assert lines[0].split()[:3] == ["DEVICE", "COMPONENT", "PACKETS/S"], lines
            assert [line.split()[0] for line in lines[1:] if line] in \
                ([device, "first", "second", other, "alone"], [other, "alone", device, "first", "second"]), lines
        filtered = bench.xdpctl("top", "-b", "-n", 1, "--filter", "alone")
        assert "alone" in filtered and "first" not in filtered, filtered
        assert bench.xdpctl("top", "-b", "-n", 2, "-i", "100ms").count("DEVICE") == 2


def running_id(bench, device):
    return json.loads(bench.inside(bench.netns, "ip", "-j", "link", "show", "dev", device).stdout)[0]["xdp"]["prog"]["id"]


def show_latencies(bench, device, *options):
    """What top prints once it has latencies: a trace takes a while to begin, on a slow machine some seconds."""
    for interval in ("500ms", "2s", "8s", "20s"):
        with Traffic(bench, device, PASS, PASS):
            shown = bench.xdpctl("top", "-b", "-n", 2, "-i", interval, "--latency", *options)
        if re.search(r'"samples"|\d[nu]s', shown):
            return shown
    raise AssertionError(shown)


def test_latencies_are_those_of_the_components(bench):
    device, other = bench.device(), bench.device()
    bench.attach("kind-busy", "--dev", device, "--name", "slow", "--prio", 1)
    bench.attach("verdict-1", "--dev", device, "--name", "quick", "--prio", 2)
    bench.attach("verdict-0", "--dev", other, "--name", "idle")
    bench.quiet()
    before = running_id(bench, device)
    shown = json.loads(show_latencies(bench, device, "--sample", 1, "--json").splitlines()[-1])["devices"]
    latencies = {component["name"]: component["latency"] for entry in shown for component in entry["components"]}
    slow, quick = latencies["slow"], latencies["quick"]
    assert latencies["idle"] is None, latencies
    assert slow["samples"] > 10 and quick["samples"] > 10 and quick["p50_ns"] <= quick["p99_ns"], latencies
    assert slow["p50_ns"] > 10 * quick["p50_ns"] and slow["p50_ns"] > 1000, latencies
    assert wait_for(lambda: running_id(bench, device) == before), "the chain is still traced"


def test_latencies_are_columns_of_the_table(bench):
    device = bench.device()
    two_components(bench, device)
    bench.quiet()
    lines = show_latencies(bench, device, "--sample", 2).splitlines()
    last = max(number for number, line in enumerate(lines) if "P50" in line)
    assert lines[last].split()[-2:] == ["P50", "P99"], lines
    assert all(re.fullmatch(r"\d+(\.\d)?[nu]s", word) for line in lines[last + 2:last + 4]
               for word in line.split()[-2:]), lines
    assert "P50" not in bench.xdpctl("top", "-b", "-n", 1)


def test_devices_that_cannot_be_traced_have_no_latencies(bench):
    device = bench.device()
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device)
    done = bench.try_xdpctl("top", "-b", "-n", 2, "-i", "200ms", "--latency")
    assert done.returncode == 0 and done.stdout.count("P50") == 2, done
    assert len(done.stderr.splitlines()) == 1 and f"no latencies of {device}: " in done.stderr, done.stderr


def heed_interrupts():
    """What a shell starts in the background ignores them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_watch_repeats_until_it_is_interrupted(bench):
    device = bench.device()
    two_components(bench, device)
    for words, count in ((["status", "--watch", "100ms", "--json"], 3),
                         (["status", "--watch", "100ms", "--rate", "--json"], 3)):
        process = subprocess.Popen(command(bench, *words), stdout=subprocess.PIPE, text=True,
                                   preexec_fn=heed_interrupts)
        bench.processes.append(process)
        for _ in range(count):
            shown = json.loads(process.stdout.readline())
            assert shown["devices"][0]["ifname"] == device, shown
            assert ("seconds" in shown) == ("--rate" in words), shown
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def test_bad_options_are_refused(bench):
    bench.first_daemon()
    assert "takes a time such as 1s" in bench.xdpctl("status", "--watch", "soon", expect=2)
    assert "takes a time such as 1s" in bench.xdpctl("top", "--interval", "1ms", expect=2)
    assert "takes packets, drops or name" in bench.xdpctl("top", "--sort", "size", expect=2)
    assert "--sample needs --latency" in bench.xdpctl("top", "--sample", 5, expect=2)
    assert "takes a number from 1" in bench.xdpctl("top", "--latency", "--sample", 0, expect=2)
    assert "needs a terminal" in bench.xdpctl("top", expect=2)
    assert "no network device 'nosuch0'" in bench.xdpctl("status", "nosuch0", "--rate", expect=1)


class Terminal:
    """'xdpctl top' on its own terminal, and the contents of the screen."""

    def __init__(self, bench, *options, rows=24, columns=80):
        words = [str(word) for word in command(bench, "top", "-i", "200ms", *options)]
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            size = struct.pack("HHHH", rows, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execvpe(words[0], words, {**os.environ, "TERM": "linux"})

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        while select.select([self.fd], [], [], 0.05)[0]:
            try:
                self.stream.feed(os.read(self.fd, 65536))
            except OSError:
                return  # the process has ended

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def expect(self, condition):
        """Waits until the lines of the screen match."""
        def met():
            self.read()
            return condition(self.lines())
        assert wait_for(met), "\n".join(self.lines())

    def press(self, keys):
        os.write(self.fd, keys.encode())

    def status(self):
        """Its exit status; it must end soon."""
        ended = []

        def has_ended():
            self.read()
            ended[:] = os.waitpid(self.pid, os.WNOHANG)
            return ended[0]
        if not wait_for(has_ended):
            os.kill(self.pid, signal.SIGKILL)
            raise AssertionError("top does not end: " + "\n".join(self.lines()))
        os.close(self.fd)
        return os.waitstatus_to_exitcode(ended[1])


def first_words(lines):
    return [line.split()[0] for line in lines[3:] if line]


def test_top_uses_the_screen_and_obeys_keys(bench):
    device, other = bench.device(), bench.device()
    two_components(bench, device)
    bench.attach("verdict-0", "--dev", other, "--name", "alone")
    with Traffic(bench, device, PASS, DROP):
        terminal = Terminal(bench)
        terminal.expect(lambda lines: "2 devices" in lines[0] and "by packets" in lines[0] and
                        first_words(lines) == [device, "first", "second", other, "alone"])
        heading = terminal.lines()[2]
        assert heading.split() == ["DEVICE", "COMPONENT", "PKTS/S", "SHARE", "ABORTED", "DROP", "PASS", "TX",
                                   "REDIR"] and len(heading) <= 80, heading
        terminal.expect(lambda lines: int(lines[5].split()[-4]) > 0)  # second drops
        terminal.press("s")
        terminal.expect(lambda lines: "by drops" in lines[0] and
                        first_words(lines) == [device, "second", "first", other, "alone"])
        terminal.press(" ")
        terminal.expect(lambda lines: "PAUSED" in lines[0])
        paused = terminal.lines()[3:]
        time.sleep(0.6)
        terminal.read()
        assert terminal.lines()[3:] == paused
        terminal.press(" ")
        terminal.expect(lambda lines: "PAUSED" not in lines[0])
        terminal.press("/alo\n")
        terminal.expect(lambda lines: "filter: alo" in lines[0] and first_words(lines) == [other, "alone"])
        terminal.resize(12, 120)
        terminal.expect(lambda lines: 100 < len(lines[2]) <= 120 and lines[2].endswith("REDIR"))
        terminal.press("q")
        assert terminal.status() == 0


def test_top_shows_latencies_within_80_columns(bench):
    device = bench.device()
    two_components(bench, device)
    bench.quiet()
    with Traffic(bench, device, PASS, PASS):
        terminal = Terminal(bench, "--latency", "--sample", 1)
        terminal.expect(lambda lines: lines[2].endswith("PASS     P50     P99") and
                        re.search(r"first .*[nu]s +[\d.]+[nu]s$", lines[4]) and "second" in lines[5])
        terminal.press("q")
        assert terminal.status() == 0


def test_top_scrolls_what_does_not_fit(bench):
    device = bench.device()
    for number in range(8):
        bench.attach("verdict-0", "--dev", device, "--name", f"c{number}")
    terminal = Terminal(bench, rows=8)
    terminal.expect(lambda lines: first_words(lines) == [device, "c0", "c1", "c2", "c3"])
    terminal.press("\x1b[6~")  # page down
    terminal.expect(lambda lines: first_words(lines) == ["c3", "c4", "c5", "c6", "c7"])
    terminal.press("\x1b[A")
    terminal.expect(lambda lines: first_words(lines) == ["c2", "c3", "c4", "c5", "c6"])
    terminal.press("q")
    assert terminal.status() == 0


def test_top_says_when_the_daemon_is_gone(bench):
    device = bench.device()
    two_components(bench, device)
    terminal = Terminal(bench)
    terminal.expect(lambda lines: "1 device" in lines[0])
    bench.daemons[0].stop()
    assert terminal.status() == 3
    assert any("no longer answers" in line for line in terminal.lines()), terminal.lines()
