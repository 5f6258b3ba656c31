# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""xdpd-map-owner, which changes the owners of map pins for a daemon without CAP_CHOWN."""
import contextlib
import os
import pwd
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time

from harness import BUILD, OBJECTS, PATIENCE, UNIT, run, wait_for

HELPER = BUILD / "map-owner/xdpd-map-owner"
USER = "nobody"
UID = pwd.getpwnam(USER).pw_uid
UNCHANGED = 2**32 - 1
SENDER = (1, 0, 0)  # pid, uid and gid that the daemon claims
EPERM, EINVAL, EBADMSG = 1, 22, 74
CAPABILITY = "-all,+chown"  # of the helper


@contextlib.contextmanager
def helper(bench):
    """The helper with CAP_CHOWN alone, and the path of its socket."""
    if UNIT:
        bench.skip("the unit has a helper of its own, which the tests of map permissions use")
    path = bench.directory / "helper"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen()
        process = subprocess.Popen(["setpriv", f"--bounding-set={CAPABILITY}", "--inh-caps=-all", HELPER],
                                   stdin=listener)
    process.path = path
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait()


def daemon_without_chown(bench, path):
    return bench.daemon("d", "--map-owner-socket", path, wrapper=("setpriv", "--bounding-set=-chown"))


def pin(bench, device, entry="an_array"):
    return bench.daemons[0].bpffs / "maps" / device / "fw" / entry


def access(path):
    status = path.lstat()
    return status.st_uid, status.st_gid, status.st_mode & 0o777


@contextlib.contextmanager
def asking(path, request, pins, sender=SENDER):
    """A connection on which the request was sent, with pins as the daemon opens them."""
    fds = [os.open(name, os.O_PATH | os.O_NOFOLLOW) for name in pins]
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"{len(fds)}i", *fds))] if fds else []
    if sender:
        control.append((socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack("3i", *sender)))
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(path))
            connection.sendmsg([request], control)
            yield connection
    finally:
        for fd in fds:
            os.close(fd)


def answer(connection):
    (number,) = struct.unpack("i", connection.recv(64))
    return -number


def ask(path, request, *pins, sender=SENDER):
    with asking(path, request, pins, sender) as connection:
        return answer(connection)


def give(uid, gid=UNCHANGED):
    return struct.pack("II", uid, gid)


def test_a_daemon_without_cap_chown_changes_owners_with_the_helper(bench):
    with helper(bench) as process:
        daemon_without_chown(bench, process.path)
        device = bench.device()
        bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-owner", f"{USER}:1234", "--map-mode", "640")
        assert access(pin(bench, device)) == (UID, 1234, 0o640)
        bench.xdpctl("replace", "fw", OBJECTS / "kind-maps_next.o", "--dev", device, "--fresh-maps")
        assert access(pin(bench, device)) == (UID, 1234, 0o640)
        bench.xdpctl("set", "fw", "--dev", device, "--map-owner", "root:root")
        assert access(pin(bench, device)) == (0, 0, 0o640)
        assert "everything" in bench.xdpctl("verify")
        bench.xdpctl("detach", "fw", "--dev", device)
        assert not pin(bench, device).exists()


def test_a_daemon_that_was_killed_sets_owners_at_its_next_start(bench):
    with helper(bench) as process:
        daemon = daemon_without_chown(bench, process.path)
        device = bench.device()
        bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-owner", USER)
        daemon.kill()
        for path in pin(bench, device).parent.iterdir():
            path.unlink()
        daemon.start()
        assert access(pin(bench, device)) == (UID, 0, 0o600)


class KillingHelper:
    """A helper that kills the daemon at one of its requests, before or after it has changed the owner."""

    def __init__(self, bench, number, after):
        self.path = bench.directory / f"killing-{number}-{after}"
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        self.listener.listen()
        self.bench, self.number, self.after = bench, number, after
        self.requests = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection:
                    self.requests += 1
                    self.change(connection, kills=self.requests == self.number)

    def change(self, connection, kills):
        request, (pin_fd,), *_ = socket.recv_fds(connection, 64, 1)
        if kills and not self.after:
            self.bench.daemons[0].signal(signal.SIGKILL)
        if stat.S_ISREG(os.fstat(pin_fd).st_mode):  # not the probe
            os.chown(f"/proc/self/fd/{pin_fd}", *(-1 if number == UNCHANGED else number
                                                  for number in struct.unpack("II", request)))
        os.close(pin_fd)
        if kills and self.after:
            self.bench.daemons[0].signal(signal.SIGKILL)
        with contextlib.suppress(BrokenPipeError):
            connection.send(struct.pack("i", 0))

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def test_a_daemon_that_is_killed_at_a_request_undoes_the_change_or_completes_it(bench):
    if UNIT:
        bench.skip("the unit's own helper does not kill")
    device, outcomes = bench.device(), set()
    daemon = bench.daemon("d", "--map-owner-socket", bench.directory / "link",
                          wrapper=("setpriv", "--bounding-set=-chown"))
    for number in (1, 2, 3, 8):  # the first is the probe, and then there are two for each pin
        for after in (False, True):
            helping = KillingHelper(bench, number, after)
            (bench.directory / "link").unlink(missing_ok=True)
            (bench.directory / "link").symlink_to(helping.path)
            done = bench.try_xdpctl("attach", OBJECTS / "kind-maps.o", "--dev", device, "--name", "fw", "--map-owner",
                                    f"{USER}:1234", "--map-mode", "640")
            assert done.returncode and helping.requests == number, (done, helping.requests)
            daemon.process.wait()
            daemon.start()
            completed = bool(bench.status())
            outcomes.add(completed)
            pins = [path for path in (daemon.bpffs / "maps").rglob("*") if not path.is_dir()]
            assert bool(pins) == completed and all(access(path) == (UID, 1234, 0o640) for path in pins), pins
            assert "everything" in bench.xdpctl("verify")
            if completed:
                bench.xdpctl("detach", "--all", "--release", "--dev", device)
            helping.close()
    assert outcomes == {False, True}


def test_a_request_of_a_killed_daemon_changes_no_later_pin_of_the_same_name(bench):
    with helper(bench) as process:
        daemon_without_chown(bench, process.path)
        device = bench.device()
        bench.attach("kind-maps", "--dev", device, "--name", "fw")
        path, moved = pin(bench, device), pin(bench, device, "moved")
        process.send_signal(signal.SIGSTOP)
        with asking(process.path, give(UID), [path]) as connection:
            path.rename(moved)
            bench.xdpctl("verify", "--repair")
            process.send_signal(signal.SIGCONT)
            assert answer(connection) == 0
        assert access(path) == (0, 0, 0o600), "the new pin keeps its owner"


def test_the_helper_refuses_everything_but_a_pin_of_root(bench):
    with helper(bench) as process:
        daemon_without_chown(bench, process.path)
        device = bench.device()
        bench.attach("kind-maps", "--dev", device, "--name", "fw")
        path, good = pin(bench, device), give(UID)
        ordinary = bench.directory / "ordinary"
        ordinary.touch()
        for request, pins, sender, expected in (
                (good, [], SENDER, EBADMSG), (good, [path, path], SENDER, EBADMSG),
                (good, [path] * 200, SENDER, EBADMSG), (good[:-1], [path], SENDER, EBADMSG),
                (good + b"\0", [path], SENDER, EBADMSG), (b"\0" * 100000, [path], SENDER, EBADMSG),
                (good, [ordinary], SENDER, EINVAL), (good, [path.parent], SENDER, EINVAL),
                (good, ["/dev/null"], SENDER, EINVAL), (good, ["/proc/self/status"], SENDER, EINVAL),
                (good, [path], None, EPERM), (good, [path], (os.getpid(), 0, 0), EPERM),
                (good, [path], (1, UID, 0), EPERM)):
            assert ask(process.path, request, *pins, sender=sender) == expected, (request[:9], pins[:3], sender)
            assert access(path) == (0, 0, 0o600) and access(ordinary)[0] == 0
        os.chown(path, 4321, 0)
        assert ask(process.path, good, path) == EINVAL, "it belongs to another user already"
        os.chown(path, 0, 0)
        assert ask(process.path, good, path) == 0 and access(path)[0] == UID
        assert len(os.listdir(f"/proc/{process.pid}/fd")) < 8, "it closes what it is sent"


def test_root_without_capabilities_cannot_use_the_helper(bench):
    code = "import sys, test_map_owner as t; print(t.ask(sys.argv[1], t.give(t.UID), sys.argv[2], " \
           "sender=eval(sys.argv[3])))"
    with helper(bench) as process:
        daemon_without_chown(bench, process.path)
        device = bench.device()
        bench.attach("kind-maps", "--dev", device, "--name", "fw")
        for sender, words in ((SENDER, "PermissionError"), (None, f"{EPERM}\n")):
            done = run("setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-c", code, process.path,
                       pin(bench, device), str(sender), check=False, cwd=os.path.dirname(__file__))
            assert words in done.stdout + done.stderr, done
        assert access(pin(bench, device)) == (0, 0, 0o600)


def test_a_helper_that_hangs_delays_only_the_change(bench):
    with helper(bench) as process:
        daemon_without_chown(bench, process.path)
        device = bench.device()
        process.send_signal(signal.SIGSTOP)
        done = []
        attaching = threading.Thread(target=lambda: done.append(bench.try_xdpctl(
            "attach", OBJECTS / "kind-maps.o", "--dev", device, "--map-owner", USER)))
        attaching.start()
        while not done and attaching.is_alive():
            began = time.monotonic()
            assert bench.status() == []
            assert time.monotonic() - began < 8
            time.sleep(0.2)
        attaching.join()
        assert done[0].returncode == 1 and "ETIMEDOUT" in done[0].stderr, done
        process.send_signal(signal.SIGCONT)
        bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-owner", USER)
        assert access(pin(bench, device)) == (UID, 0, 0o600)


def test_a_client_that_sends_nothing_delays_the_helper_for_two_seconds(bench):
    with helper(bench) as process, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        daemon_without_chown(bench, process.path)
        device = bench.device()
        silent.connect(str(process.path))
        bench.attach("kind-maps", "--dev", device, "--name", "fw", "--map-owner", USER)
        assert access(pin(bench, device)) == (UID, 0, 0o600)


def test_the_helper_ends_when_it_is_not_used(bench):
    with helper(bench) as process:
        assert wait_for(lambda: process.poll() is not None) and process.returncode == 0
        started = run(HELPER, check=False, stdin=subprocess.DEVNULL)
        assert started.returncode == 1 and "not a listening socket" in started.stderr, started
