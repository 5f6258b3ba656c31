# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The daemon is killed at each of its crash points (base/crash-point.h): in a change, in recovery and after a
reboot."""
import atexit
import collections
import functools
import json
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import harness
import kernel_objects
from harness import FRAMES_MAX, PATIENCE, wait_for
from signing import sign_all

# Copies of the tests' objects, with signatures; see signed_objects().
OBJECTS = Path(tempfile.gettempdir()) / f"xdpd-crash-{os.getpid()}-objects"
FIRST, SECOND = "v0", "v1"
SHARE = [int(number) for number in os.environ.get("XDPD_CRASH_SHARE", "0/1").split("/")]
FUSE_AFTER = 0.05  # seconds


class Scenario:
    """A change of a chain with component a on two devices, and how to undo it. Without `undo`, the unconfirmed change is
    rolled back."""

    def __init__(self, name, do, undo=None, prepare=None, first=None, lists=False):
        self.name, self.do, self.undo = name, do, undo
        self.prepare = prepare  # before the scenario
        self.first = first  # before each run
        self.lists = lists  # should libxdp's tools list what runs?


def verdict(*arguments):
    return ["attach", OBJECTS / "verdict-1.o", *arguments]


def both(*words):
    return [*words, "--dev", FIRST, "--dev", SECOND]


WAITING_STEP = 4  # of points that need time to pass, only every Nth is tried
LONG = ["--confirm", "600s"]
SHORT = ["--confirm", "1s"]
ATTACH_BOTH = both(*verdict("--name", "b"))
RELEASE = ["release", "--dev", SECOND]
REPLACE = both("replace", "a", OBJECTS / "kind-maps_next.o")

SET_POLICY = ["policy", "set", OBJECTS / "policy-1.o", "--park", "--dev", SECOND]
GIVE = ["--map-owner", "1234:5678", "--map-mode", "640"]
TAKE_BACK = ["--map-owner", "root:root", "--map-mode", "600"]
FILL = ["attach", OBJECTS / "for_slot.o", "--slot", "by_length", "--dev", SECOND]

def chains(name, first, second):
    """A chain file with these components: each is an object, a name and a priority."""
    path = Path(tempfile.gettempdir()) / f"xdpd-crash-{os.getpid()}-{name}.json"
    path.write_text(json.dumps({"devices": [
        {"name": device, "components": [
            {"object": str(OBJECTS / f"{kind}.o"), "name": entry, "priority": priority}
            for kind, entry, priority in components]}
        for device, components in ((FIRST, first), (SECOND, second))]}))
    atexit.register(path.unlink)
    return path


BEFORE = chains("before", [("kind-maps", "a", 10), ("verdict-2", "keep", 90)],
                [("kind-maps", "a", 10)])
AFTER = chains("after", [("verdict-1", "b", 1), ("kind-maps_next", "a", 20)],
               [("verdict-1", "b", 1), ("kind-maps", "a", 10)])


SCENARIOS = [
    Scenario("attach", verdict("--name", "b", "--dev", FIRST), ["detach", "b", "--dev", FIRST]),
    Scenario("detach", ["detach", "keep", "--dev", FIRST],
             ["attach", OBJECTS / "verdict-2.o", "--name", "keep", "--dev", FIRST, "--prio", "90"]),
    Scenario("replace", ["replace", "a", OBJECTS / "kind-maps_next.o", "--dev", FIRST],
             ["replace", "a", OBJECTS / "kind-maps.o", "--dev", FIRST]),
    Scenario("two devices", both(*verdict("--name", "b")), both("detach", "b")),
    Scenario("apply", ["apply", AFTER], ["apply", BEFORE]),
    Scenario("plan", ["plan", AFTER], ["apply", BEFORE]),
    Scenario("move", ["move", "keep", "--dev", FIRST, "--prio", "1"],
             ["move", "keep", "--dev", FIRST, "--prio", "90"]),
    Scenario("give maps away", both("set", "a", *GIVE), both("set", "a", *TAKE_BACK)),
    Scenario("attach with maps of another owner",
             ["attach", OBJECTS / "kind-maps.o", "--name", "b", "--dev", FIRST, *GIVE],
             ["detach", "b", "--dev", FIRST]),
    Scenario("replace with maps of another owner",
             ["replace", "b", OBJECTS / "kind-maps_next.o", "--fresh-maps", "--dev", FIRST],
             ["replace", "b", OBJECTS / "kind-maps.o", "--fresh-maps", "--dev", FIRST],
             prepare=["attach", OBJECTS / "kind-maps.o", "--name", "b", "--dev", FIRST, *GIVE]),
    *([] if harness.Bench.kernel_older(None, 6, 3) else [
        Scenario("bind to devices",
                 both("attach", OBJECTS / "metadata-xdp.o", "--devbound", "--name", "b"),
                 both("detach", "b"))]),
    Scenario("release", ["detach", "--all", "--release", "--dev", SECOND],
             ["attach", OBJECTS / "kind-maps.o", "--name", "a", "--prio", "10", "--dev", SECOND]),
    # Packets bypass the chain of a suspended device, so this is not the one with the traffic.
    Scenario("suspend", ["suspend", "--dev", SECOND], ["resume", "--dev", SECOND]),
    Scenario("resume", ["resume", "--dev", SECOND], ["suspend", "--dev", SECOND],
             prepare=["suspend", "--dev", SECOND]),
    Scenario("interop", ["interop", "libxdp", "--dev", FIRST], ["interop", "none", "--dev", FIRST],
             lists=True),
    Scenario("attach, listed", verdict("--name", "b", "--dev", FIRST),
             ["detach", "b", "--dev", FIRST], prepare=["interop", "libxdp", "--dev", FIRST],
             lists=True),
    Scenario("trace", ["trace", "--dev", FIRST, "--count", "3"]),
    Scenario("policy", SET_POLICY, ["policy", "clear", "--park", "--dev", SECOND]),
    Scenario("attach to a slot", FILL, ["detach", "measure", "--dev", SECOND], prepare=SET_POLICY),
    Scenario("change to be confirmed", [*ATTACH_BOTH, *LONG]),
    Scenario("confirm", ["confirm"], both("detach", "b"), first=[*ATTACH_BOTH, *LONG]),
    Scenario("revert", ["revert"], first=[*REPLACE, *LONG]),
    Scenario("another change to be confirmed", ["detach", "keep", "--dev", FIRST, *LONG],
             first=[*ATTACH_BOTH, *LONG]),
    Scenario("release to be confirmed", [*RELEASE, *LONG]),
    Scenario("revert of a release", ["revert"], first=[*RELEASE, *LONG]),
    Scenario("time is over", [*ATTACH_BOTH, *SHORT]),
]


@functools.cache
def signed_objects():
    """Creates the signed copies and returns the file of the trusted key."""
    shutil.copytree(harness.OBJECTS, OBJECTS, ignore=lambda place, names: [
        name for name in names if not name.endswith(".o")])
    atexit.register(shutil.rmtree, OBJECTS)
    return sign_all(sorted(OBJECTS.glob("*.o")), OBJECTS)


class Trial:
    """A daemon with two devices, and traffic through the first. `requirement` says whether signatures are
    required."""

    def __init__(self, bench, requirement="yes"):
        if not shutil.which("ssh-keygen"):
            bench.skip("there is no ssh-keygen (package openssh-client)")
        self.bench = bench
        self.requirement = requirement
        self.armed = bench.directory / "armed"
        os.environ["XDPD_CRASH_ARMED"] = str(self.armed)
        for _ in range(2):
            bench.device()
        self.log = bench.directory / "points"
        self.swap = None  # the point where an attach is swapped in
        self.daemon = harness.Daemon(bench, "d", "--fuse-after", str(FUSE_AFTER))
        bench.daemons.append(self.daemon)
        self.daemon.configure(f"trusted-signers = {signed_objects()}", f"require-signature = {requirement}")
        self.daemon.start()
        bench.xdpctl("attach", OBJECTS / "kind-maps.o", *both(), "--name", "a", "--prio", "10")
        bench.xdpctl("attach", OBJECTS / "verdict-2.o", "--dev", FIRST, "--name", "keep", "--prio", "90")
        self.receiver = bench.receiver(FIRST, FRAMES_MAX)
        self.passing = bench.sender(FIRST, FRAMES_MAX, 2, 2, 2)
        self.dropped = bench.sender(FIRST, FRAMES_MAX, 1, 2, 2)
        self.settle()
        self.before = self.state()

    def settle(self):
        assert self.bench.quiet(), self.bench.status()
        assert wait_for(self.nothing_retires), self.pins("generations")

    def nothing_retires(self):
        """The device may keep the generation that it can be rolled back to."""
        devices = self.bench.status()
        running = sum("rootlet" in device for device in devices)
        kept = sum("unconfirmed" in device for device in devices)
        return running <= len(self.pins("generations")) <= running + kept

    def pins(self, kind):
        return sorted(path.name for path in self.daemon.bpffs.glob(f"{kind}/*"))

    def state(self):
        """The wanted chain, as far as it shows whether it is the old or the new one."""
        return [(device["ifname"], device["state"], (device.get("interop"), device.get("policy")),
                 "unconfirmed" in device,
                 [(entry["name"], entry["priority"], entry["object"], entry["state"],
                   entry.get("map_owner"))
                  for entry in device["components"]]) for device in self.bench.status()]

    def wait_for_the_queue(self):
        """Waits until earlier requests are done, also oneway ones, and the daemon knows that chains it took over need
        not be fused again. A request that arrives while it checks makes it check once more."""
        for _ in range(2):
            time.sleep(2 * FUSE_AFTER)
            self.bench.call("Verify")

    def arm(self, point):
        aside = self.armed.with_suffix(".new")
        aside.write_text(f"{point}\n")
        aside.rename(self.armed)

    def run(self, words):
        harness.run(harness.BUILD / "cli/xdpctl", "--socket", self.daemon.socket, *words,
                    check=False)

    def run_and_kill(self, words, point):
        """True if the daemon was killed at that point of the change."""
        self.wait_for_the_queue()
        self.arm(point)
        self.run(words)
        killed = wait_for(lambda: self.daemon.process.poll() is not None, 60)
        self.armed.unlink()
        return killed and self.was_killed()

    def wait_for_the_last_point(self):
        """Another request would interrupt the fusing of a chain. The daemon would then pass points of fusing again that
        it does not pass in a run in which it is killed."""
        seen = None
        while seen != (passed := self.log.read_text()):
            seen = passed
            time.sleep(5 if self.bench.emulated else 0.5)

    def run_to_the_end(self, words):
        """The names of the points that the daemon passes."""
        self.wait_for_the_queue()
        self.log.write_text("")
        self.run(words)
        if SHORT[1] in words:
            assert wait_for(self.is_decided)
        self.wait_for_the_last_point()
        self.settle()
        self.wait_for_the_queue()
        return self.log.read_text().split()

    def is_decided(self):
        return not any("unconfirmed" in device for device in self.bench.status())

    def was_killed(self):
        status = self.daemon.process.wait(PATIENCE)
        self.daemon.process = None
        assert status == -signal.SIGKILL, f"{status}: {self.daemon.log.read_text()}"
        return True

    def restart(self):
        """Starts the daemon again: a daemon that took a component over holds other BTF than one that loaded it."""
        self.daemon.stop()
        self.daemon.start()

    def count(self):
        return collections.Counter(kind for kind, _ in kernel_objects.held_by(f"/proc/{self.daemon.pid()}"))

    def settled_count(self):
        """Waits until the kernel has freed everything: until the result is the same for a second."""
        counts = [self.count()]
        for _ in range(20):
            time.sleep(1)
            counts.append(self.count())
            if counts[-1] == counts[-2]:
                break
        return counts[-1]

    def check_listed(self, devices):
        """The pins that libxdp's tools look for are complete for the devices that they list, and exist for no
        others."""
        wanted = [f"dispatch-{device['ifindex']}-{device['rootlet']['prog_id']}/prog{place}-{what}"
                  for device in devices if device.get("interop")
                  for place in range(len(device["components"])) for what in ("link", "prog")]
        directories = self.bench.listed()
        found = [f"{directory.name}/{path.name}" for directory in directories for path in directory.iterdir()]
        assert sorted(wanted) == sorted(found), (wanted, found)
        assert len(directories) == len({path.split("/")[0] for path in wanted})

    def check_map_pins(self, devices):
        """The pins of all maps have the owners that were set, and no other pins exist."""
        wanted = {(device["ifname"], entry["name"], one["name"].replace(".", "%2e")):
                  (1234, 5678, 0o100640) if "map_owner" in entry else (0, 0, 0o100600)
                  for device in devices for entry in device["components"]
                  for one in entry.get("maps", [])}
        top = self.daemon.bpffs / "maps"
        found = {path.relative_to(top).parts: path.lstat() for path in top.rglob("*")
                 if not path.is_dir()}
        found = {name: (status.st_uid, status.st_gid, status.st_mode)
                 for name, status in found.items()}
        assert found == wanted, (found, wanted)

    def check_nobody_else_gets_in(self):
        """Pins always have either the owners from before the change or those from after it."""
        found = {(status.st_uid, status.st_gid, status.st_mode)
                 for path in (self.daemon.bpffs / "maps").rglob("[!+]*")
                 if not path.is_dir() and (status := path.lstat())}
        assert found <= {(0, 0, 0o100600), (1234, 5678, 0o100640)}, found

    def check_trust(self, devices):
        """If signatures are required, everything that runs is signed."""
        for entry in (entry for device in devices for entry in device["components"]):
            assert self.requirement == "no" or "signed_by" in entry, entry

    def check_leftovers(self):
        """No pin and no file is left that nothing needs."""
        devices = self.bench.status()
        self.check_map_pins(devices)
        self.check_listed(devices)
        policies = json.loads(self.bench.xdpctl("policy", "show", "--json"))["policies"]
        loaded = [*(entry for device in devices for entry in device["components"]), *policies]
        programs = {entry["prog_id"] for entry in loaded}
        assert self.pins("components") == sorted(map(str, programs)), self.pins("components")
        assert len(self.pins("devices")) == len(self.daemon.records()) == len(devices)
        objects = {entry["object"].removeprefix("sha256:") for entry in loaded}
        assert {path.name for path in self.daemon.objects()} == \
            objects | {f"{digest}.sig" for digest in objects}
        self.check_trust(devices)
        files = sorted(path.name for path in (self.daemon.directory / "state").iterdir())
        assert files == ["devices", "objects"], files
        assert not list((self.daemon.directory / "state").rglob("*.new"))
        assert not list(self.daemon.bpffs.glob("generations/*/*twin")), "a device is still traced"

    def check_size(self):
        """The kernel frees objects with a delay."""
        self.restart()
        # Extended rootlets have the BTF of the daemon that built them, so there may be two by now.
        most = {**self.size, "btf": self.size["btf"] + 1}
        assert wait_for(lambda: all(count <= most[kind]
                                    for kind, count in self.count().items())), \
            f"{self.size} became {self.count()}"

    def begin(self, scenario):
        if scenario.first:
            self.bench.xdpctl(*scenario.first)
            self.settle()

    def undo(self, scenario):
        if not self.is_decided():
            self.bench.xdpctl("revert")
        if self.state() != self.before:
            self.bench.xdpctl(*scenario.undo)
        self.settle()
        assert self.state() == self.before, self.state()

    def crash(self, scenario, point, after):
        self.begin(scenario)
        start = self.state()
        if not self.run_and_kill(scenario.do, point):
            # A chain that was not fused before its time was over passes fewer points.
            assert SHORT[1] in scenario.do and self.daemon.alive(), f"{point} was not passed"
            assert wait_for(self.is_decided)
            self.undo(scenario)
            return False
        self.check_nobody_else_gets_in()
        self.daemon.start()
        found = self.state()
        if SHORT[1] in scenario.do:
            assert len({unconfirmed for _, _, _, unconfirmed, _ in found}) == 1, found
            assert wait_for(self.is_decided)
            found = self.state()
        assert found in (start, after), found
        self.settle()
        if self.is_decided():
            self.check_leftovers()
        self.undo(scenario)
        self.check_leftovers()
        return True

    def points(self, scenario):
        """NAME:N of all points that the daemon passes, and the state after the change, which each crash must lead to.
        """
        self.begin(scenario)
        self.daemon.stop()
        self.daemon.start(XDPD_CRASH_LOG=str(self.log))
        passed = collections.Counter()
        names = []
        for name in self.run_to_the_end(scenario.do):
            passed[name] += 1
            names.append(f"{name}:{passed[name]}")
        after = self.state()
        self.undo(scenario)
        self.restart()
        self.size = self.settled_count()
        return names, after

    def stop_in_the_middle(self):
        """Leaves a change that is saved and swapped in, but whose counters are not part of the totals yet."""
        attach = SCENARIOS[0]
        if not self.swap:
            self.swap = next(point for point in self.points(attach)[0]
                             if point.startswith("swap:"))
        assert self.run_and_kill(attach.do, self.swap)

    def stop_with_the_machine(self):
        """As after a reboot: only the files of the chains are left."""
        self.daemon.stop()
        self.daemon.forget_the_kernel()

    def stop_until_the_time_is_over(self):
        self.bench.xdpctl(*REPLACE, *SHORT)
        self.daemon.kill()
        time.sleep(1.1)

    def stop_with_the_machine_unconfirmed(self):
        self.bench.xdpctl(*ATTACH_BOTH, *LONG)
        self.stop_with_the_machine()

    def crash_starting(self, prepare, point):
        """False: what was under way when the daemon was stopped differed, and the point was not passed this time."""
        prepare(self)
        self.daemon.try_start(XDPD_CRASH_POINT=point)
        passed = wait_for(lambda: self.daemon.process.poll() is not None, 10)
        if passed:
            self.was_killed()
        else:
            self.daemon.kill()  # it could pass the point later
        self.daemon.start()
        assert self.is_decided()
        self.settle()
        self.check_leftovers()
        if self.state() != self.before:
            self.bench.xdpctl(*SCENARIOS[0].undo)
            self.settle()
        assert self.state() == self.before, self.state()
        return passed

    def starting_points(self, prepare):
        prepare(self)
        self.log.write_text("")
        self.daemon.start(XDPD_CRASH_LOG=str(self.log))
        self.settle()
        passed = collections.Counter()
        names = []
        for name in self.log.read_text().split():
            passed[name] += 1
            names.append(f"{name}:{passed[name]}")
        if self.state() != self.before:
            self.bench.xdpctl(*SCENARIOS[0].undo)
        self.settle()
        self.restart()
        self.size = self.settled_count()
        return names

    def end(self):
        """All frames that were sent were counted, and those that should pass arrived."""
        sent = [sender.stop() for sender in (self.passing, self.dropped)]
        passed, wrong = self.receiver.results()
        assert (passed, wrong) == (sent[0], 0), f"{passed} of {sent[0]} came, {wrong} got past"
        chain = {entry["name"]: entry["counters"] for entry in self.bench.chain(FIRST)}
        assert chain["a"]["run"] == sum(sent), (chain, sent)
        assert chain["a"]["terminate"]["drop"] == sent[1], (chain, sent)


def crash_at_each(points, crash, step=1):
    """`crash` returns False if the daemon did not pass the point this time."""
    chosen = points[SHARE[0] * step::SHARE[1] * step]
    count = 0
    for point in chosen:
        try:
            count += crash(point) is not False
        except AssertionError as problem:
            raise AssertionError(f"killed at {point} of {points}: {problem}") from problem
    print(f"# {count} of {len(points)} points")
    assert count or len(chosen) < 3, f"none of {chosen} was passed"


def crash_in_change(bench, scenario):
    trial = Trial(bench)
    if scenario.lists and json.loads(bench.xdpctl("features", "--json"))["linker"] == "fused":
        bench.skip("the linker makes no extensions here")
    if scenario.prepare:
        bench.xdpctl(*scenario.prepare)
        trial.settle()
        trial.before = trial.state()
    points, after = trial.points(scenario)
    crash_at_each(points, lambda point: trial.crash(scenario, point, after),
                  WAITING_STEP if SHORT[1] in scenario.do else 1)
    trial.check_size()
    trial.end()


def crash_in_recovery(bench, prepare=Trial.stop_in_the_middle, step=1):
    trial = Trial(bench)
    crash_at_each(trial.starting_points(prepare),
                  lambda point: trial.crash_starting(prepare, point), step)
    trial.check_size()
    trial.end()


def crash_after_reboot(bench, prepare=Trial.stop_with_the_machine):
    """Without a chain nothing counts, so the frames are not compared here."""
    trial = Trial(bench)
    crash_at_each(trial.starting_points(prepare),
                  lambda point: trial.crash_starting(prepare, point))
    trial.check_size()


TESTS = {
    **{scenario.name: functools.partial(crash_in_change, scenario=scenario)
       for scenario in SCENARIOS},
    "recovery": crash_in_recovery,
    "recovery when the time is over": functools.partial(
        crash_in_recovery, prepare=Trial.stop_until_the_time_is_over, step=WAITING_STEP),
    "start after a reboot": crash_after_reboot,
    "start after a reboot, unconfirmed": functools.partial(
        crash_after_reboot, prepare=Trial.stop_with_the_machine_unconfirmed),
}
