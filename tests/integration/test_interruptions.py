# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""System calls fail or are interrupted, wherever a daemon makes them: a request is done, or refused with a sentence, the
chains keep running, and nothing is left behind."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
from typing import NamedTuple

from harness import BUILD, OBJECTS, SCALE, UNIT, run
from test_faults import check_runs


class Fault(NamedTuple):
    """How calls fail, and the maximum number of calls to try, spread over all of them."""
    calls: str
    errors: tuple
    most: int
    harmless: bool = False  # without any effect


WHILE_SERVING = (
    Fault("bpf", ("EAGAIN", "ENOMEM", "EINTR", "EMFILE"), 60),
    Fault("read,recvmsg,recvfrom", ("EINTR", "EAGAIN"), 12, True),
    Fault("accept4", ("EINTR", "EAGAIN", "ECONNABORTED"), 3, True),
    Fault("epoll_wait", ("EINTR",), 8, True),
    Fault("pread64", ("EINTR",), 2, True),
    Fault("sendmsg,sendto", ("EINTR", "EAGAIN"), 4),
    Fault("write", ("EINTR",), 6, True),
    Fault("fsync,syncfs", ("EINTR", "EIO", "ENOSPC"), 9),
    Fault("renameat,rename", ("EINTR", "ENOSPC", "EIO"), 6),
    Fault("openat", ("EINTR", "EMFILE", "ENOMEM"), 12),
    Fault("mkdir,mkdirat", ("ENOSPC", "ENOMEM"), 6),
    Fault("socket,ioctl,fcntl", ("EINTR", "EMFILE", "ENOMEM"), 9),
)

WHILE_STARTING = (
    Fault("bpf", ("EAGAIN", "ENOMEM", "EINTR", "EMFILE"), 31),
    Fault("read", ("EINTR", "EAGAIN", "EIO"), 10),
    Fault("recvmsg,recvfrom", ("EINTR", "EAGAIN"), 6),
    Fault("sendmsg,sendto", ("EINTR", "ENOBUFS"), 4),
    Fault("pread64", ("EINTR", "EAGAIN", "EIO"), 6),
    Fault("flock", ("EINTR", "ENOLCK"), 2),
    Fault("openat", ("EINTR", "EMFILE", "ENOMEM"), 16),
    Fault("getdents64", ("EINTR", "ENOMEM"), 6),
    Fault("fsync,syncfs,renameat", ("EINTR", "EIO", "ENOSPC"), 9),
    Fault("mkdir,mkdirat,fcntl,socket,ioctl", ("EINTR", "EMFILE", "ENOMEM"), 9),
    Fault("newfstatat,faccessat2,fstatfs", ("ENOMEM", "EINTR"), 9),
)

BY_CLIENT = (
    Fault("sendmsg,sendto,recvmsg,recvfrom,read,poll,ppoll", ("EINTR",), 12, True),
    Fault("socket,connect,sendmsg,recvmsg", ("EAGAIN", "EMFILE", "ENOMEM"), 9),
)

# LeakSanitizer, if the build has it, does not work in a traced process.
UNTRACEABLE = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}


def need_strace(bench):
    if not shutil.which("strace"):
        bench.skip("there is no strace")
    tried = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False,
                           capture_output=True, text=True)
    if tried.returncode:
        bench.skip(f"no process can be traced here: {tried.stderr.strip()}")


def words(fault, number, error, log):
    """Arguments that make strace let the call with that number fail in each thread."""
    return ["strace", "-f", "-y", "-qq", "-o", str(log), "-e", f"trace={fault.calls}",
            "-e", f"inject={fault.calls}:error={error}:when={number}"]


def points(fault, n_calls, n_before=0):
    """Numbers of calls after the first `n_before`, each with an error."""
    most = max(1, int(fault.most * min(1, SCALE * 2)))
    step = max(1, -(-(n_calls - n_before) // most))
    for place, number in enumerate(range(n_before + 1, n_calls + 1, step)):
        yield number, fault.errors[place % len(fault.errors)]


def calls_by_thread(log):
    calls = {}
    for line in log.read_text().splitlines():
        thread, call = line.split(maxsplit=1)
        if "(" in call and "resumed>" not in call:
            calls.setdefault(thread, []).append(call)
    return calls.values()


def count_calls(log):
    """The number of calls in the thread that makes most of them."""
    return max(map(len, calls_by_thread(log)), default=0)


def count_of_the_loader(log):
    """The number of calls up to the last one for a shared library: the daemon does not make these itself."""
    return max((place for calls in calls_by_thread(log)
                for place, call in enumerate(calls, 1) if ".so" in call), default=0)


@contextlib.contextmanager
def traced(command, pid):
    """Runs strace on all threads of the process until the block ends."""
    tracer = subprocess.Popen([word for word in command if word != "-qq"] + ["-p", str(pid)],
                              stderr=subprocess.PIPE, text=True)
    said = tracer.stderr.readline()
    assert "attached" in said, said
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate()


class Changes:
    """A chain with one component that stays, and changes of each kind next to it."""

    def __init__(self, bench):
        self.bench = bench
        self.daemon = bench.daemon("d", "--fuse-after", "3600")
        self.devices = [bench.device(), bench.device()]
        bench.attach("kind-maps", "--dev", self.devices[0], "--name", "stays")
        self.pid = self.daemon.pid()
        self.stays = self.identity()
        self.expected = [["stays"]]
        self.make_all()  # so that everything exists that is created only once

    def identity(self):
        """What must never change: the link, the component and its maps."""
        (device,) = [entry for entry in self.bench.status() if entry["ifname"] == self.devices[0]]
        member = device["components"][0]
        return (device["rootlet"]["link_id"], member["name"], member["prog_id"],
                [entry["id"] for entry in member["maps"]])

    def names(self):
        return [[member["name"] for member in entry["components"]] for entry in self.bench.status()]

    def change(self, *arguments):
        """Make a change, which is done or refused with a sentence that says why."""
        done = self.bench.try_xdpctl(*arguments)
        if done.returncode:
            assert done.returncode == 1, (arguments, done)
            assert re.match(r"xdpctl: .*(\bE[A-Z]+\b|out of memory|request was abandoned)",
                            done.stderr, re.S), (arguments, done)
        return done.returncode == 0

    def make_all(self):
        """Make all changes one after the other, except those that depend on a refused one.
        Returns true if none was refused. The expected chains are kept for check()."""
        both = [word for device in self.devices for word in ("--dev", device)]
        first, second = both[:2], both[2:]
        with_new = [["stays", "new"], ["new"]]
        well = True
        for arguments, before, after in (
                (["attach", OBJECTS / "verdict-1.o", *both, "--name", "new"], [["stays"]], with_new),
                (["replace", "new", OBJECTS / "kind-maps.o", *first], with_new, with_new),
                (["detach", "new", *first], with_new, [["stays"], ["new"]]),
                (["detach", "new", "--release", *second], [["stays"], ["new"]], [["stays"]])):
            if self.expected != before:
                continue
            if self.change(*arguments):
                self.expected = after
            else:
                well = False
        return well

    def check(self, repairs):
        """Without strace: check that the state is the reported and the expected one, and restore
        the first state. `repairs`: the cleanup of a change that was made may have failed."""
        assert self.daemon.pid() == self.pid, "the daemon is another"
        assert self.names() == self.expected, f"{self.names()}, not {self.expected}"
        if "new" in self.expected[0]:
            self.bench.xdpctl("detach", "new", "--dev", self.devices[0])
        if len(self.expected) > 1:
            self.bench.xdpctl("release", "--dev", self.devices[1])
        self.expected = [["stays"]]
        assert self.identity() == self.stays
        differences = self.bench.try_xdpctl("verify", *(["--repair"] if repairs else []))
        if repairs and "nothing needs the pins" in differences.stdout:
            differences = self.bench.try_xdpctl("verify")  # the change was made, the cleanup was not
        assert differences.returncode == 0, differences.stdout + differences.stderr
        left = list((self.daemon.directory / "state").rglob("*.new"))
        assert not left, left


def injections(log):
    return [line for line in log.read_text().splitlines() if "INJECTED" in line]


def test_a_call_that_fails_undoes_a_change_and_nothing_else(bench):
    need_strace(bench)
    changes = Changes(bench)
    log = bench.directory / "trace"
    for fault in WHILE_SERVING:
        with traced(["strace", "-f", "-o", str(log), "-e", f"trace={fault.calls}"], changes.pid):
            assert changes.make_all()
        n_calls, refused, injected = count_calls(log), 0, 0
        for number, error in points(fault, n_calls):
            log.unlink()
            with traced(words(fault, number, error, log), changes.pid):
                well = changes.make_all()
            try:
                assert well or not fault.harmless, "it was refused"
                # Each thread has a call of that number, so one change may be refused and another one not cleaned up.
                changes.check(well or len(injections(log)) > 1)
            except AssertionError as problem:
                calls = injections(log)
                raise AssertionError(f"{fault.calls} number {number}: {error}: {calls}") from problem
            refused += not well
            injected += bool(injections(log))
        check_runs(bench, changes.devices[0])
        print(f"# {fault.calls}: {n_calls} calls, {injected} with faults, {refused} refusals")
        assert injected or not n_calls
    bench.xdpctl("release", "--dev", changes.devices[0])


def identity(bench, device):
    """What a start must take over unchanged."""
    (shown,) = [entry for entry in bench.status() if entry["ifname"] == device]
    return (shown["rootlet"]["link_id"], shown["rootlet"]["prog_id"], shown["generation"],
            [(member["prog_id"], [entry["id"] for entry in member["maps"]], member["counters"])
             for member in shown["components"]])


def test_a_call_that_fails_at_the_start_loses_nothing(bench):
    """The daemon takes everything over unchanged, or says why it does not start; then the next one
    does."""
    need_strace(bench)
    if UNIT:
        bench.skip("nothing can be traced in the sandbox of the unit")
    daemon = bench.daemon("d", "--fuse-after", "3600")
    device, other = bench.device(), bench.device(name="other")
    for name in ("kind-maps", "verdict-0"):
        bench.attach(name, "--dev", device, "--dev", other, "--name", name)
    bench.send(device, 7, 2, 2)
    before = [identity(bench, device), identity(bench, other)]
    log = bench.directory / "trace"
    for fault in WHILE_STARTING:
        daemon.stop()
        daemon.wrapper = ("strace", "-D", "-f", "-y", "-qq", "-o", log, "-e",
                          f"trace={fault.calls}")
        daemon.start(**UNTRACEABLE)
        daemon.stop()
        n_calls, ended = count_calls(log), 0
        for number, error in points(fault, n_calls, count_of_the_loader(log)):
            daemon.wrapper = ("strace", "-D", *words(fault, number, error, log)[1:])
            served = daemon.try_start(**UNTRACEABLE)
            calls = [line for line in log.read_text().splitlines() if "INJECTED" in line]
            said = daemon.log.read_text().splitlines()[-1]
            if served:
                # No kernel fails to read an event, or a timer, with EIO, so the loop may end then.
                daemon.stop(expect=None if any("<anon_inode:" in call for call in calls) else 0)
            else:
                assert daemon.process.wait() == 1 and said.startswith("xdpd: "), (said, calls)
                daemon.process = None
                ended += 1
            daemon.wrapper = ()
            daemon.start()
            now = [identity(bench, device), identity(bench, other)]
            assert now == before, (calls, said, now, before)
            bench.xdpctl("verify")
            assert not list((daemon.directory / "state").glob("damaged/*")), (calls, said)
            daemon.stop()
        daemon.wrapper = ()
        daemon.start()
        check_runs(bench, other)
        before = [identity(bench, device), identity(bench, other)]
        print(f"# {fault.calls}: {n_calls} calls, {ended} daemons that did not start")
    bench.xdpctl("release", "--dev", device, "--dev", other)


def test_interruptions_do_not_disturb_a_client(bench):
    need_strace(bench)
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    shown = bench.xdpctl("status")
    log = bench.directory / "trace"
    command = [BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, "status"]
    for fault in BY_CLIENT:
        traced = ["strace", "-f", "-y", "-qq", "-o", log, "-e", f"trace={fault.calls}"]
        run(*traced, *command, env=UNTRACEABLE)
        n_calls = count_calls(log)
        for number, error in points(fault, n_calls, count_of_the_loader(log)):
            done = run(*words(fault, number, error, log), *command, check=False, env=UNTRACEABLE)
            calls = [line for line in log.read_text().splitlines() if "INJECTED" in line]
            if fault.harmless:
                assert (done.returncode, done.stdout) == (0, shown), (done, calls)
            else:
                assert done.returncode == 0 or done.stderr.startswith("xdpctl: "), (done, calls)
        print(f"# {fault.calls}: {n_calls} calls")
