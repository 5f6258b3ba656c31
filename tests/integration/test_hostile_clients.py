# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A client delays no other client, and cannot keep the daemon from ending, whatever it sends or does not read. These
clients send descriptors that are slow to close, or that never close. A change can take forever as well: here a tracer
stops the thread that makes changes."""
import contextlib
import ctypes
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

from harness import BUILD, OBJECTS, PATIENCE, Client, run, wait_for, wait_until_it_waits

STRANGER = 65534  # a user and a group without rights
LINGER_SECONDS = 40


class Stranger:
    """A process of a user without rights, which runs `function(path of the socket)` and then waits."""

    def __init__(self, bench, function, *arguments):
        self.pid = os.fork()
        if self.pid:
            bench.processes.append(self)
            return
        try:
            os.setgroups([])
            os.setresgid(STRANGER, STRANGER, STRANGER)
            os.setresuid(STRANGER, STRANGER, STRANGER)
            function(str(bench.daemons[0].socket), *arguments)
            signal.pause()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def is_quick(bench, seconds=LINGER_SECONDS / 2):
    """True if root gets its answers before anything that hangs has ended."""
    begin = time.monotonic()
    bench.status()
    return time.monotonic() - begin < seconds


def ends_quickly(daemon, seconds=LINGER_SECONDS / 2):
    begin = time.monotonic()
    daemon.stop()
    return time.monotonic() - begin < seconds


def slow_to_close():
    """A TCP socket that lingers: closing it waits for a reader that never reads."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    client.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            client.send(bytes(65536))
    client.setblocking(True)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, LINGER_SECONDS))
    return client, (listener, accepted)


GET_INFO = b'{"method":"org.varlink.service.GetInfo"}\0'


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    return client


def close_beside(slow):
    """Closes another descriptor. The last close waits, and that may be this one."""
    threading.Thread(target=slow.close, daemon=True).start()


def send_and_close(path, data, count, urgent):
    """Gives the daemon the last reference to the slow socket; `kept` are the other ends."""
    client = connect(path)
    slow, kept = slow_to_close()
    if urgent:  # a read skips the urgent byte, and continues after it
        with contextlib.suppress(OSError):  # kernels before 5.15 have no urgent bytes on such sockets
            client.send(b" ", socket.MSG_OOB)
    socket.send_fds(client, [data], [slow.fileno()] * count)
    close_beside(slow)
    return client, kept


def start(bench):
    """A daemon whose socket every user can reach."""
    run("ip", "link", "set", "lo", "up")
    daemon = bench.daemon()
    reconfigure(daemon, "client-timeout = 4")
    daemon.let_everybody_in()
    return daemon


def reconfigure(daemon, line):
    """Returns when the daemon uses the line."""
    before = daemon.log.read_text().count("configuration reloaded")
    daemon.configure(line)
    daemon.signal(signal.SIGHUP)
    assert wait_for(lambda: daemon.log.read_text().count("configuration reloaded") > before)


def slow_descriptors(path, ready):
    """Sends slow descriptors in every way that could make the daemon close one."""
    kept = [send_and_close(path, GET_INFO, count, urgent) for count, urgent in
            ((1, False), (64, False), (253, False), (1, True), (64, True))]
    kept += [send_and_close(path, data, 1, False) for data in (b"{", b"nonsense\0", GET_INFO[:-1])]
    for client, _ in kept[:3]:
        client.recv(65536)
    hasty = [send_and_close(path, GET_INFO * 200, 1, False) for _ in range(3)]
    for client, _ in hasty:  # more than one descriptor, and the client does not read the answers
        slow, more = slow_to_close()
        socket.send_fds(client, [GET_INFO], [slow.fileno()])
        close_beside(slow)
        kept.append((None, more))
        client.close()
    os.write(ready, b"x")
    signal.pause()
    return kept, hasty


def wait_for_byte(descriptor):
    ready, _, _ = select.select([descriptor], [], [], 30)
    assert ready and os.read(descriptor, 1) == b"x", "the stranger did not come so far"


def test_descriptors_that_are_slow_to_close_delay_no_other_client(bench):
    daemon = start(bench)
    reader, writer = os.pipe()
    Stranger(bench, slow_descriptors, writer)
    wait_for_byte(reader)
    for _ in range(10):
        assert is_quick(bench)
        time.sleep(0.05)
    Stranger(bench, slow_descriptors, writer)
    wait_for_byte(reader)
    assert ends_quickly(daemon)


def test_a_stranger_gets_an_answer_whatever_it_sends(bench):
    daemon = start(bench)

    def ask(path, writer):
        slow, kept = slow_to_close()
        with Client(path) as client:
            client.send("Attach", [slow.fileno()], object=0, devices=["lo"])
            close_beside(slow)
            first = client.receive()
            second = client.call("org.varlink.service.GetInfo")
        os.write(writer, json.dumps([first, second]).encode())
        return kept

    reader, writer = os.pipe()
    Stranger(bench, ask, writer)
    refused, informed = json.loads(os.read(reader, 65536))
    assert refused["error"] == "io.xdpd.NoPermission" and "root" in refused["parameters"]["message"]
    assert informed["parameters"]["product"] == "xdpd"
    assert is_quick(bench) and ends_quickly(daemon)


@contextlib.contextmanager
def silent_file(bench, *requests):
    """The path of a file whose server never answers these requests."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        bench.skip("there is no FUSE here")
    directory = bench.directory / f"silent-{'-'.join(requests)}"
    directory.mkdir()
    server = subprocess.Popen([sys.executable, Path(__file__).with_name("silent_files.py"), directory,
                               *requests], stdout=subprocess.PIPE, text=True)
    try:
        if server.stdout.readline() != "ready\n":
            bench.skip("FUSE cannot be mounted here")
        yield directory / "file.o"
    finally:
        server.kill()
        server.wait()
        run("umount", "-l", directory, check=False)


def dirty_file(path_of_socket, path, writer, data):
    """A socket with a file in it, whose last close waits until the server has the data that another process wrote."""
    client, inner = connect(path_of_socket), socket.socketpair()
    with open(path, "rb") as clean:
        socket.send_fds(inner[0], [b"x"], [clean.fileno()])
    dirty = os.open(path, os.O_RDWR)
    os.write(dirty, b"dirty")
    socket.send_fds(client, [data], [inner[1].fileno()])
    inner[0].close()
    inner[1].close()
    os.write(writer, b"x")
    signal.pause()


def processes_of(daemon):
    """The processes of the daemon and its receivers."""
    group = {daemon.pid()}
    for _ in range(3):
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                words = stat.read_text().rpartition(")")[2].split()
                if int(words[1]) in group:
                    group.add(int(stat.parent.name))
    return group


def receivers_of(daemon):
    names = {}
    for pid in processes_of(daemon):
        with contextlib.suppress(OSError):
            names[pid] = Path(f"/proc/{pid}/comm").read_text().strip()
    return [pid for pid, name in names.items() if name == "xdpd-receiver"]


def test_receivers_have_no_capabilities_and_a_filter(bench):
    daemon = start(bench)
    (receiver,) = receivers_of(daemon)
    state = dict(re.findall(r"^(\w+):\t(.*)$", Path(f"/proc/{receiver}/status").read_text(), re.MULTILINE))
    assert state["Seccomp"] == "2" and state["NoNewPrivs"] == "1", state
    assert state["CapEff"] == state["CapPrm"] == state["CapInh"] == "0" * 16, state


def is_hung(pid):
    """True if one of the threads cannot even be killed."""
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            if stat.read_text().rpartition(")")[2].split()[0] == "D":
                return True
    return False


def test_a_file_that_cannot_be_closed_delays_no_other_client(bench):
    daemon = start(bench)
    reader, writer = os.pipe()
    with silent_file(bench, "WRITE") as path:
        daemon.signal(signal.SIGSTOP)  # so that the daemon has the last reference
        Stranger(bench, dirty_file, path, writer, GET_INFO)
        wait_for_byte(reader)
        daemon.signal(signal.SIGCONT)
        hangs = wait_for(lambda: any(map(is_hung, processes_of(daemon))), 10)
        assert is_quick(bench) and not is_hung(daemon.pid())
        assert ends_quickly(daemon)
    if not hangs:
        bench.skip("this kernel closes such a file at once")


def test_an_object_that_cannot_be_read_delays_only_its_client(bench):
    daemon = start(bench)
    reconfigure(daemon, "client-timeout = 10")
    device = bench.device()
    with silent_file(bench, "READ") as path, open(path, "rb") as file:
        with Client(daemon.socket) as client:
            begin = time.monotonic()
            client.send("Attach", [file.fileno()], object=0, devices=[device])
            assert is_quick(bench, 8)
            bench.attach("verdict-0", "--dev", device)
            answer = client.receive()
            assert answer["error"] == "io.xdpd.LimitExceeded", answer
            assert "client-timeout" in answer["parameters"]["message"], answer
            assert 8 < time.monotonic() - begin < PATIENCE
        assert bench.names(device) == ["verdict"] and ends_quickly(daemon)


def test_a_killed_daemon_ends_though_an_object_cannot_be_read(bench):
    daemon = start(bench)
    with silent_file(bench, "READ", "FLUSH") as path:
        words = [BUILD / "cli/xdpctl", "--socket", daemon.socket, "attach", path, "--dev", "lo"]
        client = subprocess.Popen(["setsid", *words], stderr=subprocess.DEVNULL)
        bench.processes.append(client)
        wait_until_it_waits(client)
        begin = time.monotonic()
        daemon.kill()
        assert time.monotonic() - begin < LINGER_SECONDS / 2
        if daemon.unit:
            bench.skip("systemd keeps a transient unit for as long as one of its processes hangs")
        daemon.start()
        assert is_quick(bench)


def test_files_of_requests_that_are_not_whole_are_limited(bench):
    daemon = start(bench)
    reconfigure(daemon, "max-object-buffer = 16M")
    large = bench.directory / "large.o"
    with open(large, "wb") as file:
        file.truncate(9 << 20)
    device = bench.device()
    with open(large, "rb") as file, Client(daemon.socket) as client:
        socket.send_fds(client.socket, [b"{"], [file.fileno()])
        assert is_quick(bench)
        with Client(daemon.socket) as other:
            # Another process receives the first file, perhaps after this client is served.
            answers = []
            assert wait_for(lambda: answers.append(
                other.call("Attach", [file.fileno()], object=0, devices=[device])) or
                answers[-1]["error"] == "io.xdpd.LimitExceeded"), answers[-1]
            assert "max-object-buffer" in answers[-1]["parameters"]["message"], answers[-1]
            assert "parameters" in other.call("Status")
    assert wait_for(lambda: "not an ELF" in bench.xdpctl("attach", large, "--dev", device, expect=1))


def test_many_who_send_descriptors_at_once_are_all_answered(bench):
    daemon = start(bench)
    answers = []

    def ask(number):
        with Client(daemon.socket) as client, open(OBJECTS / "verdict-0.o", "rb") as file:
            for _ in range(5):
                answers.append(client.call("Attach", [file.fileno()] * (1 + number % 3), object=0,
                                           devices=["nosuch0"])["error"])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 100 and set(answers) <= {"io.xdpd.NoSuchDevice", "io.xdpd.InvalidArgument"}
    assert wait_for(lambda: len(receivers_of(daemon)) <= 1), receivers_of(daemon)


PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000


def wait_for_thread(number):
    with contextlib.suppress(ChildProcessError):
        os.waitpid(number, WALL)


@contextlib.contextmanager
def hung_worker(daemon):
    """The thread that makes changes is stopped during the block."""
    (number,) = [int(path.parent.name) for path in Path(f"/proc/{daemon.pid()}/task").glob("*/comm")
                 if path.read_text() == "xdpd-worker\n"]
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
        if ptrace(request, number, None, None) < 0:
            raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(number, WALL)
    # After the daemon has ended, its process stays until the tracer has seen the thread end.
    threading.Thread(target=wait_for_thread, args=(number,), daemon=True).start()
    try:
        yield
    finally:
        ptrace(PTRACE_DETACH, number, None, None)


def begin_attach(bench, daemon, device):
    words = [BUILD / "cli/xdpctl", "--socket", daemon.socket, "attach", OBJECTS / "verdict-1.o",
             "--name", "slow", "--dev", device]
    client = subprocess.Popen([str(word) for word in words], stderr=subprocess.PIPE, text=True)
    bench.processes.append(client)
    wait_until_it_waits(client)
    return client


def is_as_before(bench, daemon, device):
    daemon.start()
    assert bench.names(device) == ["verdict"]
    assert "everything is as it should be" in bench.xdpctl("verify")
    bench.attach("verdict-2", "--name", "next", "--dev", device)
    return True


def test_a_daemon_that_is_stopped_does_not_wait_for_a_change_that_hangs(bench):
    daemon = start(bench)
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    with hung_worker(daemon):
        client = begin_attach(bench, daemon, device)
        assert is_quick(bench)
        begin = time.monotonic()
        daemon.signal(signal.SIGTERM)
        daemon.process.wait(PATIENCE)
        assert 8 < time.monotonic() - begin < PATIENCE
    assert daemon.process.returncode == 0, daemon.log.read_text()
    assert client.wait(PATIENCE) == 3, "the waiting client does not see that the daemon ended"
    assert f"Attach of 'verdict-1.o' on {device} is not waited for" in daemon.log.read_text()
    assert is_as_before(bench, daemon, device)


def test_a_change_that_takes_too_long_ends_the_daemon(bench):
    daemon = start(bench)
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    daemon.configure("change-timeout = 2")
    daemon.signal(signal.SIGHUP)
    assert is_quick(bench)
    time.sleep(3)
    with hung_worker(daemon):
        begin_attach(bench, daemon, device)
        assert is_quick(bench)
        assert daemon.process.wait(PATIENCE) == 1, daemon.log.read_text()
    assert f"Attach of 'verdict-1.o' on {device} takes more than 2 seconds (change-timeout)" in \
        daemon.log.read_text()
    assert is_as_before(bench, daemon, device)


def test_a_namespace_path_that_others_can_change_is_refused(bench):
    daemon = start(bench)
    theirs = bench.directory / "theirs"
    theirs.mkdir()
    os.chown(theirs, STRANGER, STRANGER)
    with silent_file(bench, "LOOKUP") as path:
        (theirs / "link").symlink_to(path)
        (bench.directory / "link").symlink_to(f"/run/netns/{bench.peer}")
        for place in (path, theirs / "link", theirs / "nothing"):
            begin = time.monotonic()
            said = bench.attach("verdict-0", "--dev", "lo", "--netns", place, expect=1)
            assert "only root may be able to change" in said, said
            assert time.monotonic() - begin < LINGER_SECONDS / 2
    said = bench.attach("verdict-0", "--dev", "nosuch0", "--netns", bench.directory / "link", expect=1)
    assert "'nosuch0'" in said, said
    assert ends_quickly(daemon)
