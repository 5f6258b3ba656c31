# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The daemon is killed at any moment: while it works for several clients, which are killed as well; while it is idle;
and while it starts."""
import collections
import os
import random
import signal
import subprocess
import time

import harness
from fake_systemd import Manager
from points import AFTER, BEFORE, FIRST, OBJECTS, SECOND, SHORT, TAKE_BACK, Trial, both, verdict

KILLS = int(os.environ.get("XDPD_CRASH_KILLS", 300 * harness.SCALE))
SEED = int(os.environ.get("XDPD_CRASH_SEED", 7))
THIRD = "v2"  # this device appears and disappears, and another loader may use it
FOURTH = "v3"  # it may have a policy, and then attach needs a slot
TOGETHER = ("c", "user")  # these components are the same on both devices, or on neither
CLIENTS_MAX = 3
USAGE = 2


def first(*words):
    return [*words, "--dev", FIRST]


def second(*words):
    return [*words, "--dev", SECOND]


def third(*words):
    return [*words, "--dev", THIRD]


def fourth(*words):
    return [*words, "--dev", FOURTH]


def replace_both(version):
    return both("replace", "a", OBJECTS / f"kind-{version}.o")


PARSER, NEXT_PARSER = OBJECTS / "library-parser.o", OBJECTS / "library-parser_next.o"
# On FIRST component a is always there, and is the one that drops, by a frame's first byte; so that what
# becomes of the frames is known.
REQUESTS = {
    "attach": [first(*verdict("--name", "b")), both(*verdict("--name", "c")),
               both(*verdict("--name", "c")), third(*verdict("--name", "t")),
               fourth("attach", OBJECTS / "kind-maps.o", "--name", "parked")],
    "attach, shared map": [second("attach", OBJECTS / "kind-maps.o", "--name", "sharer",
                                  "--map", "an_array=a:an_array")],
    "attach, library": [both("attach", OBJECTS / "library-user.o", "--name", "user",
                             "--link", PARSER)],
    "attach, values": [second("attach", OBJECTS / "kind-variables.o", "--name", "values",
                              "--set", "mode=MODE_DECIDE", "--set", "answer=2")],
    "attach to a slot": [fourth("attach", OBJECTS / "for_slot.o", "--slot", "by_length")],
    "detach": [first("detach", "b"), both("detach", "c"), both("detach", "user"),
               second("detach", "sharer"), second("detach", "values"), third("detach", "t"),
               fourth("detach", "measure"), fourth("detach", "parked")],
    "replace": [replace_both("maps_next"), replace_both("maps"),
                *(both("replace", "c", OBJECTS / f"verdict-{place}.o") for place in (1, 2)),
                second("replace", "values", OBJECTS / "kind-variables_next.o")],
    "move": [first("move", "keep", "--prio", "5"), both("move", "c", "--prio", "70"),
             both("move", "c", "--prio", "60"), first("move", "b", "--after", "a")],
    "set": [both("set", "c", "--proceed-on", "pass,tx"), both("set", "c", "--proceed-on", "pass"),
            both("set", "c", "--allow-verdicts", "pass")],
    "relink": [["relink", old.name, new]
               for old, new in ((PARSER, NEXT_PARSER), (NEXT_PARSER, PARSER))],
    "apply": [["apply", AFTER], ["apply", BEFORE]],
    "plan": [["plan", AFTER], ["plan", BEFORE]],
    "with --confirm": [both(*verdict("--name", "c"), *SHORT), both("detach", "c", *SHORT),
                       both("replace", "c", OBJECTS / "verdict-2.o", *SHORT),
                       first("detach", "b", *SHORT), third("release", *SHORT)],
    "confirm": [["confirm"]],
    "revert": [["revert"]],
    "policy set": [fourth("policy", "set", OBJECTS / f"policy-{version}.o", "--park")
                   for version in (1, 1, 3)],
    "policy clear": [fourth("policy", "clear", "--park")],
    "interop": [second("interop", "libxdp"), second("interop", "none")],
    "suspend": [second("suspend"), fourth("suspend")],
    "resume": [second("resume"), fourth("resume")],
    "adopt": [third("adopt")],
    "release": [third("release")],
    "look": [["status"], ["verify"], ["graph"], ["maps"], ["export"]],
    "verify --repair": [["verify", "--repair"]],
}
# Actions that undo or delay much, or that need much to exist, have their own weight; the others have 1.
WEIGHTS = {"apply": 0.2, "with --confirm": 0.1, "attach": 3, "attach, library": 2, "revert": 0.5}


def put_somebody_there(bench):
    harness.run("ip", "-n", bench.netns, "link", "set", THIRD, "xdp", "obj",
                OBJECTS / "verdict-0.o", "sec", "xdp", check=False)


def take_device_away(bench):
    harness.run("ip", "-n", bench.netns, "link", "del", THIRD, check=False)


def bring_device(bench):
    if harness.run("ip", "-n", bench.netns, "link", "show", THIRD, check=False).returncode:
        bench.device(name=THIRD)


EVENTS = [put_somebody_there, take_device_away, bring_device, bring_device]
EVENT_SHARE = 0.1  # events, besides requests


class Client:
    """A client whose request is running."""

    def __init__(self, daemon, name, words):
        self.name = name
        self.words = words
        self.process = subprocess.Popen(
            [str(word) for word in (harness.BUILD / "cli/xdpctl", "--socket", daemon.socket, *words)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def end(self, kill=False):
        """Waits for the client; returns its exit status."""
        self.process.send_signal(signal.SIGKILL if kill else signal.SIGCONT)
        said = self.process.communicate(timeout=harness.PATIENCE)[1]
        assert self.process.returncode != USAGE, (self.words, said)
        return self.process.returncode


class Turmoil:
    """Requests and events until a given moment, counted by their results."""

    def __init__(self, bench, trial, manager=None):
        self.bench, self.trial, self.manager = bench, trial, manager
        self.chance = random.Random(SEED)
        self.clients = []
        self.asked, self.done, self.kills = (collections.Counter() for _ in range(3))

    def moment(self, seconds):
        return self.chance.uniform(0, seconds * (10 if self.bench.emulated else 1))

    def end(self, client, kill=False):
        self.clients.remove(client)
        status = client.end(kill)
        self.done[client.name] += status == 0
        self.kills["clients"] += status == -signal.SIGKILL

    def ask(self):
        (name,) = self.chance.choices(list(REQUESTS), [WEIGHTS.get(name, 1) for name in REQUESTS])
        client = Client(self.trial.daemon, name, self.chance.choice(REQUESTS[name]))
        self.asked[name] += 1
        self.clients.append(client)
        fate = self.chance.random()
        if fate < 0.5:
            self.end(client)
        elif fate < 0.75:
            time.sleep(self.moment(0.02))
            self.end(client, kill=True)
        elif fate < 0.85:
            time.sleep(self.moment(0.02))
            client.stop()
        if len(self.clients) > CLIENTS_MAX:
            self.end(self.clients[0])

    def go_on(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.chance.random() < EVENT_SHARE:
                self.chance.choice(EVENTS)(self.bench)
            else:
                self.ask()

    def kill(self):
        """Kills the daemon and its clients, while the daemon runs or after it was stopped."""
        daemon = self.trial.daemon
        fate = self.chance.random()
        if fate < 0.3:
            daemon.signal(signal.SIGSTOP)
            time.sleep(self.moment(0.02))
        if fate < 0.15:
            daemon.signal(signal.SIGCONT)
            time.sleep(self.moment(0.01))
        daemon.kill()
        self.trial.check_nobody_else_gets_in()
        self.lose_pins()
        self.kills["daemons that ran" if fate >= 0.3 else "daemons that had been stopped"] += 1
        while self.clients:
            self.end(self.clients[0])

    def lose_pins(self):
        """Removes the pins, sometimes, if the service manager holds backup pins."""
        if self.manager and self.chance.random() < 0.5:
            self.trial.daemon.remove_pins()

    def start(self):
        """Starts the daemon; sometimes it is killed while it starts."""
        while self.chance.random() < 0.3:
            self.trial.daemon.launch()
            time.sleep(self.moment(0.15))
            self.trial.daemon.kill()
            self.lose_pins()
            self.kills["daemons that started"] += 1
        self.trial.daemon.start()

    def count(self):
        return sum(count for kind, count in self.kills.items() if kind.startswith("daemons"))

    def report(self):
        killed = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items()))
        print(f"# killed, from seed {SEED}: {killed}")
        print("# done of asked: " + ", ".join(f"{name} {self.done[name]} of {count}"
                                              for name, count in sorted(self.asked.items())))


def check_together(devices):
    """A change of both devices at the same time was made to both or to none."""
    on_both = [{entry["name"]: (entry["object"], entry["priority"], entry["proceed_on"])
                for entry in device["components"] if entry["name"] in TOGETHER}
               for device in devices if device["ifname"] in (FIRST, SECOND)]
    assert len(on_both) == 2 and on_both[0] == on_both[1], on_both
    for device in devices:
        if device["ifname"] in (FIRST, SECOND):
            assert [entry["name"] for entry in device["components"]].count("a") == 1, device


def undo_everything(bench, trial):
    """At the end the wanted chain is the first one again."""
    bench.try_xdpctl("revert")
    bring_device(bench)
    for words in (second("interop", "none"), third("release"), fourth("release")):
        bench.try_xdpctl(*words)
    harness.run("ip", "-n", bench.netns, "link", "set", THIRD, "xdp", "off", check=False)
    bench.xdpctl("apply", BEFORE)
    bench.xdpctl(*both("set", "a", *TAKE_BACK))
    # Components that were changed one by one are loaded and have maps for each device.
    bench.xdpctl(*second("release"))
    bench.xdpctl("attach", OBJECTS / "kind-maps.o", *second("--name", "a", "--prio", "10"))
    trial.settle()
    assert trial.state() == trial.before, trial.state()


def crash_at_any_moment(bench, manager=None):
    """An adopted program has no signature, so it is adopted only if none is required."""
    trial = Trial(bench, "no" if manager else "yes")
    if manager:
        manager.provide()
        trial.daemon.stop()
        trial.daemon.wrapper = manager.environment
        trial.daemon.start()
    for name in (THIRD, FOURTH):
        bench.device(name=name)
    trial.restart()
    trial.size = trial.settled_count()
    turmoil = Turmoil(bench, trial, manager)
    while turmoil.count() < KILLS:
        turmoil.go_on(turmoil.moment(0.1))
        turmoil.kill()
        turmoil.start()
        devices = bench.status()
        check_together(devices)
        trial.check_trust(devices)
    turmoil.report()
    undo_everything(bench, trial)
    trial.check_leftovers()
    trial.check_size()
    trial.end()


def crash_without_pins(bench):
    manager = Manager(bench.directory)
    try:
        crash_at_any_moment(bench, manager)
    finally:
        bench.daemons[0].stop()
        manager.close()


TESTS = {"anything at any moment": crash_at_any_moment,
         "anything at any moment, and its pins are lost": crash_without_pins}
