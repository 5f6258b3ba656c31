# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""If there is no space left, or a directory is read-only, a change is refused and nothing is lost."""
import contextlib
import os

from harness import OBJECTS, UNIT, Daemon, mounted, run, wait_for


def check_refused(bench, device, number, *words):
    """A change of each kind is refused for this reason, and changes nothing."""
    before = bench.status()
    pins = run("find", bench.daemons[0].bpffs).stdout
    for command in (["attach", OBJECTS / "verdict-1.o", "--name", "new"],
                    ["replace", "a", OBJECTS / "kind-maps_next.o"]):
        sentence = bench.xdpctl(*command, "--dev", device, expect=1)
        assert number in sentence and all(word in sentence for word in words), sentence
    assert bench.status() == before
    assert run("find", bench.daemons[0].bpffs).stdout == pins


def check_runs(bench, device):
    receiver = bench.receiver(device, 3)
    bench.send(device, 3, 2, 2)
    bench.send(device, 3, 1, 2)
    assert receiver.results() == [3, 0]


def begin(bench, daemon):
    bench.daemons.append(daemon)
    daemon.start()
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "a")
    bench.quiet()
    return device


def test_a_full_disk_refuses_changes(bench):
    daemon = Daemon(bench, "d")
    state = daemon.directory / "state"
    with mounted("tmpfs", state, "size=1m,mode=700"):
        device = begin(bench, daemon)
        filler = state / "filler"
        with contextlib.suppress(OSError), open(filler, "wb") as file:
            while True:
                file.write(b"x" * 4096)
                file.flush()
        check_refused(bench, device, "ENOSPC", "cannot write")
        check_runs(bench, device)
        daemon.kill()
        daemon.start()
        assert bench.names(device) == ["a"]
        filler.unlink()
        bench.attach("verdict-1", "--dev", device, "--name", "b")
        daemon.stop()
        daemon.start()
        assert bench.names(device) == ["a", "b"]
        bench.xdpctl("detach", "--all", "--release", "--dev", device)
        daemon.stop()


def test_a_read_only_state_directory_refuses_changes(bench):
    daemon = Daemon(bench, "d")
    with mounted("tmpfs", daemon.directory / "state", "size=4m,mode=700") as state:
        device = begin(bench, daemon)
        run("mount", "-o", "remount,ro", state)
        check_refused(bench, device, "EROFS", "cannot write")
        sentence = bench.xdpctl("detach", "a", "--dev", device, expect=1)
        assert "EROFS" in sentence, sentence
        check_runs(bench, device)
        run("mount", "-o", "remount,rw", state)
        bench.xdpctl("detach", "--all", "--release", "--dev", device)
        daemon.stop()


def test_a_read_only_bpffs_refuses_changes(bench):
    place = bench.directory / "bpffs"
    with mounted("bpf", place, "mode=0700"):
        daemon = Daemon(bench, "d", "--bpffs", place / "xdpd")
        daemon.bpffs = place / "xdpd"
        device = begin(bench, daemon)
        run("mount", "-o", "remount,ro", place)
        check_refused(bench, device, "EROFS", "directory")
        check_runs(bench, device)
        run("mount", "-o", "remount,rw", place)
        bench.attach("verdict-1", "--dev", device, "--name", "b")
        bench.xdpctl("detach", "--all", "--release", "--dev", device)
        daemon.stop()


def test_a_lack_of_descriptors_refuses_changes(bench):
    device = begin(bench, Daemon(bench, "d"))
    daemon = bench.daemons[0]
    pid = str(daemon.pid())
    used = len(os.listdir(f"/proc/{pid}/fd"))
    before = bench.status()
    # The daemon needs two descriptors for the connection and the request; it gets one more each time until it succeeds.
    refused = 0
    for more in range(2, 60):
        run("prlimit", "--pid", pid, f"--nofile={used + more}:")
        done = bench.try_xdpctl("attach", OBJECTS / "kind-maps.o", "--name", "new", "--dev",
                                device)
        if done.returncode == 0:
            break
        refused += 1
        assert done.returncode == 1 and done.stderr.startswith("xdpctl: "), done
        assert bench.status() == before
    assert refused and done.returncode == 0, (refused, done)
    run("prlimit", "--pid", pid, "--nofile=1024:")
    assert bench.names(device) == ["a", "new"]
    bench.xdpctl("detach", "new", "--dev", device)
    check_runs(bench, device)
    assert wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) <= used), "descriptors are lost"


@contextlib.contextmanager
def memory_group(bench):
    """A control group for one daemon; the directory with its files."""
    if bench.kernel_older(5, 11):
        bench.skip("kernels before 5.11 do not charge BPF memory to control groups")
    with mounted("cgroup2", bench.directory / "cgroup", "rw") as root:
        if "memory" not in (root / "cgroup.controllers").read_text().split():
            bench.skip("there is no memory controller of version 2")
        (root / "cgroup.subtree_control").write_text("+memory")
        group = root / bench.id
        group.mkdir()
        try:
            yield group
        finally:
            for daemon in bench.daemons:
                if daemon.process:
                    daemon.kill()
            wait_for(lambda: not (group / "cgroup.procs").read_text())
            group.rmdir()


def test_a_lack_of_kernel_memory_refuses_changes(bench):
    if UNIT:
        bench.skip("a unit is in a control group of its own")
    with memory_group(bench) as group:
        daemon = Daemon(bench, "d", wrapper=("sh", "-c",
                                             f'echo $$ >{group}/cgroup.procs; exec "$@"', "sh"))
        device = begin(bench, daemon)
        used = int((group / "memory.current").read_text())
        refused = 0
        for share in (1.2, 1, 0.8, 0.6, 0.4, 0.2):  # memory of which the kernel can free a part
            (group / "memory.max").write_text(str(int(used * share)))
            refused += bench.try_xdpctl("attach", OBJECTS / "kind-maps.o", "--name", "new",
                                        "--dev", device).returncode != 0
            check_runs(bench, device)
            (group / "memory.max").write_text("max")
            if daemon.process.poll() is not None:  # the kernel chose to kill the daemon
                daemon.start()
            if "new" in bench.names(device):
                bench.xdpctl("detach", "new", "--dev", device)
            assert bench.names(device) == ["a"]
        assert refused, "there was enough memory each time"
