# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What integration tests use: namespaces, devices, a daemon of their own, exact packets.

A test is a function test_...(bench) in a file test_*.py; its name says what must hold. It may call
bench.skip(why). After each test the kernel must have freed every BPF object that the test's daemons held.
"""
import atexit
import contextlib
import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import kernel_objects
import namespaces
import sandbox

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("XDPD_BUILD", "build")
OBJECTS = BUILD / "tests/bpf"
LISTED = Path("/sys/fs/bpf/xdp")
PACKETS = BUILD / "tests/integration/packets"
# The installed unit in whose sandbox the daemons run, if set.
UNIT = os.environ.get("XDPD_TEST_UNIT")
# Of the run: "test" leaves out what takes long.
LEVEL = os.environ.get("XDPD_TEST_LEVEL", "all")
VERDICTS = ["aborted", "drop", "pass", "tx", "redirect"]
EMULATED = "QEMU TCG" in Path("/proc/cpuinfo").read_text()
# How long a test waits for what has to happen, in seconds. It goes on as soon as it happens: only a test that fails
# waits so long, and no machine is too slow.
PATIENCE = 120
# More frames than are sent until a sender is told to stop.
FRAMES_MAX = 20_000_000
# No frame is still on its way when none has come for so long after the last was sent.
SILENCE_MS = 3000 if EMULATED else 1000
# Loops are shorter if the processor is emulated.
SCALE = float(os.environ.get("XDPD_TEST_SCALE", "0.05" if EMULATED else "1"))


# libxdp's tools keep what they list in one place for all network namespaces, by a device's number.
INDEX_MIN, PIDS, DEVICES_MAX = 1000, 10000, 1000


class Skip(Exception):
    """This test cannot run here; the text says why."""


@contextlib.contextmanager
def turn(program):
    """Wait until no other test runs the program: xdp-loader fails if it finds another's lock file half-written."""
    if program != "xdp-loader":
        yield
        return
    with open(Path(tempfile.gettempdir()) / f"xdpd-test-{program}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(*command, check=True, **options):
    with turn(command[0]):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              check=False, **options)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done


@contextlib.contextmanager
def mounted(kind, path, options):
    path.mkdir(parents=True)
    run("mount", "-t", kind, "-o", options, "none", path)
    try:
        yield path
    finally:
        run("umount", "-l", path)


def wait_for(condition, seconds=PATIENCE):
    """Waits until the condition is true; false after the time limit. The kernel frees objects with a delay."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class Packets(subprocess.Popen):
    """The packet program, in the background."""

    def __init__(self, *words):
        super().__init__([PACKETS, *map(str, words)], stdout=subprocess.PIPE, text=True)

    def end(self):
        """Ends it, and returns the numbers that it prints."""
        self.terminate()
        return [int(word) for word in self.communicate()[0].split()]


class Sender(Packets):
    """Sends that many frames, at most one in so many microseconds."""

    def __init__(self, device, count, interval, *verdicts):
        super().__init__("send", device, count, interval, *verdicts)

    def stop(self):
        """How many frames it has sent."""
        sent, = self.end()
        return sent


class Receiver(Packets):
    """Counts the frames that reach the network stack of the device, of which that many may come. What it has counted is
    asked for when all have been sent."""

    def __init__(self, device, count):
        super().__init__("receive", device, count, SILENCE_MS)
        assert self.stdout.readline() == "ready\n"

    def results(self):
        """How many frames came, and how many of them some component should have dropped."""
        return self.end()

    def result(self):
        return self.results()[0]


def wait_until_it_waits(process):
    """Returns when the client has sent its request and waits for the reply."""
    directory = Path(f"/proc/{process.pid}")

    def waits():
        connected = any(os.readlink(path).startswith("socket:") for path in (directory / "fd").iterdir())
        return connected and (directory / "stat").read_text().rpartition(")")[2].split()[0] == "S"

    assert wait_for(waits), "the client does not wait for a reply"


def delete_tree(top):
    """Deletes what exists of the tree. A bpffs must be deleted by path, because its directories cannot be opened for it.

    A daemon that runs may add to the tree meanwhile, for example when it retires the chain that was replaced.
    """
    def delete():
        for directory, directories, files in os.walk(top, topdown=False):
            for name in files:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"{directory}/{name}")
            with contextlib.suppress(FileNotFoundError):
                os.rmdir(directory)

    for attempt in range(20):
        try:
            return delete()
        except OSError as error:
            if error.errno != errno.ENOTEMPTY or attempt == 19:
                raise


class Client:
    """A connection that speaks Varlink itself, with descriptors."""

    def __init__(self, path, timeout=PATIENCE):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        self.received = b""

    def send(self, method, fds=(), **parameters):
        prefix = "" if "." in method else "io.xdpd."
        call = {"method": prefix + method, "parameters": parameters}
        socket.send_fds(self.socket, [json.dumps(call).encode() + b"\0"], fds)

    def receive(self):
        """The next answer; EOFError if the daemon disconnects instead."""
        while b"\0" not in self.received:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise EOFError("the daemon hung up")
            self.received += chunk
        answer, _, self.received = self.received.partition(b"\0")
        return json.loads(answer)

    def call(self, method, fds=(), **parameters):
        self.send(method, fds, **parameters)
        return self.receive()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class Daemon:
    """An xdpd in a network namespace, with directories of its own."""

    def __init__(self, bench, name, *options, wrapper=(), properties=(), program=BUILD / "daemon/xdpd"):
        self.directory = bench.directory / name
        self.directory.mkdir()
        self.socket = self.directory / "socket"
        self.bpffs = Path(f"/sys/fs/bpf/{bench.id}-{name}")
        self.config = self.directory / "config"  # not the configuration of the machine
        self.log = self.directory / "log"
        linker = os.environ.get("XDPD_LINKER", "auto")
        self.wrapper = wrapper
        self.properties = properties  # more lines for the unit, in its sandbox
        self.command = [program, "--socket", self.socket, "--state-dir", self.directory / "state", "--config-dir",
                        self.config, "--bpffs", self.bpffs, "--linker", linker, *options]
        self.process = None
        self.netns = bench.netns
        self.unit = f"{bench.id}-{name}.service" if UNIT else None
        self.unit_pid = 0
        self.held = set()  # all BPF objects that it was seen to hold

    def configure(self, *lines, name="test.conf"):
        """Write settings for the next start or the next SIGHUP."""
        self.config.mkdir(exist_ok=True)
        (self.config / name).write_text("".join(f"{line}\n" for line in lines))

    def let_everybody_in(self):
        """Open the directory of the socket to all users; the socket itself is open."""
        for directory in (self.directory.parent, self.directory):
            directory.chmod(0o755)

    def launch(self, **variables):
        """Start the daemon, and do not wait until it serves."""
        wrapper = self.wrapper() if callable(self.wrapper) else self.wrapper
        self.unit_pid = 0
        if self.unit:  # systemd-run(1) starts it in the namespace that systemd has
            command = [*sandbox.around(UNIT, self.unit, self.directory.parent, variables,
                                       self.properties), "nsenter", f"--net=/run/netns/{self.netns}",
                       *wrapper, *sandbox.inside(UNIT, self.command, self.bpffs)]
        else:
            command = [*wrapper, *self.command]
        with open(self.log, "ab") as log, namespaces.entered(self.netns):
            self.process = subprocess.Popen([str(word) for word in command],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, **variables})

    def try_start(self, **variables):
        """Start the daemon; true if it serves, false if it has ended."""
        starts = self.log.read_text().count("serving on") if self.log.exists() else 0
        self.launch(**variables)
        assert wait_for(lambda: self.log.read_text().count("serving on") > starts or
                        self.process.poll() is not None), "xdpd does not start"
        return self.process.poll() is None

    def start(self, **variables):
        assert self.try_start(**variables), f"xdpd ended: {self.log.read_text()}"
        return self

    def pid(self):
        """The pid of the daemon; 0 if it has ended."""
        if self.process.poll() is not None:
            return 0
        if not self.unit:
            return self.process.pid
        self.unit_pid = self.unit_pid or sandbox.main_pid(self.unit)
        return self.unit_pid

    def look(self):
        """Notes which BPF objects the daemon holds now."""
        if self.process and (pid := self.pid()):
            self.held |= kernel_objects.held_by(f"/proc/{pid}")

    def alive(self):
        """The noted objects that the kernel has not freed."""
        self.look()
        return self.held & kernel_objects.census()

    def signal(self, number):
        self.look()
        if pid := self.pid():
            os.kill(pid, number)

    def stop(self, expect=0):
        """Stops the daemon, which must end with that exit status; None: with any."""
        if self.process:
            self.signal(signal.SIGTERM)
            status = self.process.wait(PATIENCE)
            self.process = None
            text = self.log.read_text()
            assert expect in (status, None), f"xdpd exited with {status}: {text}"
            assert "Sanitizer" not in text and "runtime error" not in text, text

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def remove_pins(self):
        """Remove all pins, including those that libxdp's tools look for."""
        rootlets = [entry for path in self.bpffs.glob("generations/*/rootlet")
                    for entry in kernel_objects.of_pin(path)]
        for _, number in rootlets if LISTED.exists() else ():
            for listed in LISTED.glob(f"dispatch-*-{number}"):
                delete_tree(listed)
        delete_tree(self.bpffs)

    def forget_the_kernel(self):
        """As after a reboot: only the state on disk is left."""
        self.remove_pins()
        for record in self.records():
            text = json.loads(record.read_text())
            text["running"]["boot"] = "of another time"
            record.write_text(json.dumps(text))

    def records(self):
        return sorted((self.directory / "state/devices").glob("*"))

    def objects(self):
        return sorted((self.directory / "state/objects").glob("*"))


class Bench:
    """The environment of one test; close() removes all of it."""

    emulated = EMULATED
    count = devices_made = 0

    def __init__(self):
        Bench.count += 1
        self.id = f"xt{os.getpid()}n{Bench.count}"
        self.temporary = tempfile.TemporaryDirectory(prefix="xdpd-test-")
        self.directory = Path(self.temporary.name)
        self.netns, self.peer = f"{self.id}a", f"{self.id}b"
        self.daemons = []
        for name in (self.netns, self.peer):
            namespaces.create(name)
        # A client's devices are those of its own namespace: the test is in that of the daemons.
        self.leave = namespaces.enter(self.netns)
        self.devices = []
        self.indexes = set()
        self.processes = []

    @staticmethod
    def inside(netns, *command, **options):
        with namespaces.entered(netns):
            return run(*command, **options)

    @staticmethod
    def skip(why):
        raise Skip(why)

    def device(self, mtu=None, name=None):
        """Create a veth pair and return the name, which is the same at both ends."""
        name = name or f"v{len(self.devices)}"
        Bench.devices_made += 1
        index = INDEX_MIN + os.getpid() % PIDS * DEVICES_MAX + Bench.devices_made % DEVICES_MAX
        with namespaces.entered(self.netns):
            run("ip", "link", "add", name, "index", index, "type", "veth", "peer", "name", name,
                "netns", self.peer)
        self.indexes.add(index)
        for netns in (self.netns, self.peer):
            namespaces.device_up(netns, name, mtu)
        if name not in self.devices:
            self.devices.append(name)
        return name

    def listed(self):
        """The directories in which libxdp's tools look for programs on this bench's devices."""
        return [path for path in LISTED.glob("dispatch-*") if int(path.name.split("-")[1]) in self.indexes]

    def delete(self, name):
        run("ip", "-n", self.netns, "link", "del", name)

    @staticmethod
    def rename(netns, name, new):
        """Kernels before 6.2 rename a device only while it is down."""
        run("ip", "-n", netns, "link", "set", name, "down")
        run("ip", "-n", netns, "link", "set", name, "name", new)
        run("ip", "-n", netns, "link", "set", new, "up")

    def daemon(self, name="d", *options, start=True, **more):
        daemon = Daemon(self, name, *options, **more)
        self.daemons.append(daemon)
        return daemon.start() if start else daemon

    def try_xdpctl(self, *arguments, daemon=None):
        """Runs xdpctl, whatever its exit status is."""
        daemon = daemon or self.first_daemon()
        done = run(BUILD / "cli/xdpctl", "--socket", daemon.socket, *arguments, check=False)
        daemon.look()
        return done

    def first_daemon(self):
        return self.daemons[0] if self.daemons else self.daemon()

    def xdpctl(self, *arguments, expect=0, daemon=None):
        """Run xdpctl, check its exit status and form of output, and return what it printed."""
        done = self.try_xdpctl(*arguments, daemon=daemon)
        assert done.returncode == expect, \
            f"xdpctl {' '.join(map(str, arguments))}: exit {done.returncode}, " \
            f"{done.stdout}{done.stderr}"
        lines = done.stderr.splitlines()
        if expect == 0:
            assert not lines, done.stderr
        else:
            assert lines and lines[0].startswith("xdpctl: "), done.stderr
            assert all(line.startswith("    ") for line in lines[1:]), done.stderr
        return done.stdout if expect == 0 else done.stderr

    def attach(self, name, *arguments, **more):
        return self.xdpctl("attach", OBJECTS / f"{name}.o", *arguments, **more)

    def status(self, daemon=None):
        """Calls Status without xdpctl, which takes long to start if the processor is emulated."""
        return self.call("Status", daemon=daemon or self.first_daemon())["devices"]

    def chain(self, device, daemon=None):
        """The components of a device, in order."""
        found = [entry for entry in self.status(daemon) if entry["ifname"] == device]
        assert len(found) == 1, found
        return found[0]["components"]

    def names(self, device):
        return [component["name"] for component in self.chain(device)]

    def send(self, device, count, *verdicts, interval=0):
        self.inside(self.peer, PACKETS, "send", device, count, interval, *verdicts)

    def spawn(self, netns, kind, *words):
        """Starts a kind of packet program in the background; it ends with the test at the latest."""
        with namespaces.entered(netns):
            process = kind(*words)
        self.processes.append(process)
        return process

    def sender(self, device, count, *verdicts, interval=100):
        """Send frames while the test continues."""
        return self.spawn(self.peer, Sender, device, count, interval, *verdicts)

    def receiver(self, device, count, netns=None):
        return self.spawn(netns or self.netns, Receiver, device, count)

    def arrive(self, device, count, *verdicts):
        """Send that many frames, and return how many of them reach the network stack of the device."""
        receiver = self.receiver(device, count)
        self.send(device, count, *verdicts)
        return receiver.result()

    @staticmethod
    def map_value(component, map_name):
        """The number at index 0 of the component's map."""
        map_id = next(entry["id"] for entry in component["maps"] if entry["name"] == map_name)
        entry = json.loads(run("bpftool", "-j", "map", "lookup", "id", map_id, "key", 0, 0, 0,
                               0).stdout)
        return entry["formatted"]["value"] if "formatted" in entry else \
            int.from_bytes(bytes(int(byte, 16) for byte in entry["value"]), "little")

    def quiet(self):
        """Wait until no chain is waiting to be fused, and what changed is retired."""
        fused = wait_for(lambda: not any("recently" in component.get("why", "")
                                         for device in self.status()
                                         for component in device["components"]))
        self.call("Verify")  # the answer comes after the work that is left from earlier changes
        return fused

    def call_raw(self, data, daemon=None):
        """Send bytes to the socket and return what arrives until the daemon answers or closes the
        connection."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str((daemon or self.daemons[0]).socket))
            client.settimeout(PATIENCE)
            try:
                client.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the daemon closed the connection before everything was sent
            answer = b""
            while not answer.endswith(b"\0"):
                chunk = client.recv(65536)
                if not chunk:
                    break
                answer += chunk
        return answer

    def call(self, method, daemon=None):
        """What the method returns without parameters."""
        answer = self.call_raw(json.dumps({"method": f"io.xdpd.{method}"}).encode() + b"\0", daemon)
        return json.loads(answer.rstrip(b"\0"))["parameters"]

    def call_oneway(self, message):
        """Send the message and disconnect."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.daemons[0].socket))
            client.sendall(message.encode() + b"\0")

    def kernel_older(self, *version):
        release = os.uname().release.split("-")[0].split("+")[0].split(".")
        return tuple(int(part) for part in release[:2]) < version

    def close(self):
        problems = []
        for process in self.processes:
            process.kill()
            process.wait()
        for daemon in self.daemons:
            try:
                daemon.stop()
            except AssertionError as problem:
                problems.append(str(problem))
        for daemon in self.daemons:
            daemon.remove_pins()
        self.leave()
        for name in (self.netns, self.peer):
            namespaces.delete(name)
        if not wait_for(lambda: not self.alive()):
            problems.append(f"the kernel still has objects of the daemon: {sorted(self.alive())}")
        return problems

    def alive(self):
        """The BPF objects that the daemons of the bench have held, and that the kernel has not freed."""
        return set().union(*(daemon.alive() for daemon in self.daemons))

    def logs(self):
        return "".join(daemon.log.read_text() for daemon in self.daemons if daemon.log.exists())


def remove_namespaces():
    for path in Path("/run/netns").glob(f"xt{os.getpid()}n*"):
        namespaces.delete(path.name)


atexit.register(remove_namespaces)
