# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The daemon as a process: options, signals, sockets, other daemons."""
import fcntl
import json
import os
import shutil
import subprocess

import namespaces
from harness import BUILD, OBJECTS, PATIENCE, Daemon, run, wait_for


def test_sigterm_keeps_the_packets_flowing(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    daemon = bench.daemons[0]
    daemon.stop()
    assert not daemon.socket.exists()
    assert list(daemon.bpffs.glob("devices/*/link")), "the link is not pinned"
    receiver = bench.receiver(device, 5)
    bench.send(device, 5, 1)
    bench.send(device, 5, 2)
    assert receiver.result() == 5


def test_several_daemons_run_side_by_side(bench):
    first, second = bench.daemon("one"), bench.daemon("two")
    device, other = bench.device(), bench.device()
    bench.attach("verdict-0", "--dev", device, daemon=first)
    bench.attach("verdict-0", "--dev", other, daemon=second)
    sentence = bench.attach("verdict-0", "--dev", device, daemon=second, expect=1)
    assert device in sentence and "xdpd_rootlet" in sentence
    assert len(bench.status(first)) == len(bench.status(second)) == 1


def refusal(bench, daemon, wrapper=(), **places):
    """The message of a second daemon that is started like the first one, except for `places`."""
    changed = {daemon.directory / "state": places.get("state"), daemon.bpffs: places.get("bpffs")}
    done = run(*wrapper, *(changed.get(word) or word for word in daemon.command), check=False)
    assert done.returncode == 1, done
    return done.stderr


def test_a_second_daemon_with_the_same_directories_is_refused(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-1", "--dev", device)
    before = bench.status()
    other = bench.directory / "other"
    said = refusal(bench, daemon)
    assert f"state directory '{daemon.directory / 'state'}'" in said, said
    assert f"pid {daemon.pid()}" in said, said
    said = refusal(bench, daemon, state=other)
    assert f"pin directory '{daemon.bpffs}'" in said and f"pid {daemon.pid()}" in said, said
    free = daemon.bpffs.with_name(f"{daemon.bpffs.name}-free")
    said = refusal(bench, daemon, state=other, bpffs=free)
    assert str(daemon.socket) in said, said
    run("find", free, "-depth", "-delete")
    assert bench.status() == before and bench.xdpctl("verify")


def test_locks_hold_whatever_path_leads_to_the_directories(bench):
    """A service in a sandbox has mounts of its own."""
    daemon = bench.daemon()
    mounts = bench.directory / "mounts"
    mounts.mkdir()
    script = "mount --bind /sys/fs/bpf $0 && exec \"$@\""
    said = refusal(bench, daemon, wrapper=["unshare", "--mount", "sh", "-c", script, mounts],
                   state=bench.directory / "other", bpffs=mounts / daemon.bpffs.name)
    assert "pin directory" in said and f"pid {daemon.pid()}" in said, said
    link = bench.directory / "link"
    link.symlink_to(daemon.bpffs)
    said = refusal(bench, daemon, state=bench.directory / "other", bpffs=link)
    assert f"pin directory '{link}'" in said and f"pid {daemon.pid()}" in said, said


def test_locks_end_with_a_killed_daemon(bench):
    daemon = bench.daemon()
    for _ in range(3):
        daemon.kill()
        daemon.start()
    daemon.stop()
    holder = os.open(daemon.bpffs, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    assert f"pid {os.getpid()}" in refusal(bench, daemon)
    os.close(holder)
    daemon.start()


def test_socket_of_a_killed_daemon_is_replaced(bench):
    daemon = bench.daemon()
    daemon.kill()
    assert daemon.socket.exists()
    daemon.start()
    assert bench.status() == []


def test_socket_activation(bench):
    if not shutil.which("systemd-socket-activate"):
        bench.skip("systemd-socket-activate is not installed")
    daemon = Daemon(bench, "activated")
    wrapper = ["systemd-socket-activate", "-l", str(daemon.socket)]
    with namespaces.entered(bench.netns):
        process = subprocess.Popen([*wrapper, *map(str, daemon.command)], stderr=subprocess.DEVNULL)
    try:
        assert wait_for(daemon.socket.exists)
        assert bench.status(daemon) == []
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
        daemon.remove_pins()


def test_usage_errors_of_the_daemon(bench):
    for arguments, status in ((["--help"], 0), (["--version"], 0), (["--nonsense"], 2),
                              (["operand"], 2), (["--linker"], 2)):
        assert run(BUILD / "daemon/xdpd", *arguments, check=False).returncode == status
    state = bench.directory / "state"
    done = run(BUILD / "daemon/xdpd", "--linker", "glue", "--state-dir", state, check=False)
    assert done.returncode == 1 and "'glue'" in done.stderr, done.stderr
    done = run(BUILD / "daemon/xdpd", "--bpffs", bench.directory / "no", "--state-dir", state,
               "--socket", bench.directory / "s", check=False)
    assert done.returncode == 1 and "bpffs" in done.stderr, done.stderr


def test_another_program_is_named_and_left_alone(bench):
    device = bench.device()
    bench.inside(bench.netns, "ip", "link", "set", device, "xdp", "obj", OBJECTS / "verdict-1.o",
                 "sec", "xdp")
    shown = bench.inside(bench.netns, "ip", "link", "show", device).stdout
    sentence = bench.attach("verdict-0", "--dev", device, expect=1)
    number = shown.split("prog/xdp id ")[1].split()[0]
    assert "'verdict'" in sentence and f"id {number}" in sentence, sentence
    assert bench.inside(bench.netns, "ip", "link", "show", device).stdout == shown
    assert bench.status() == []


def test_a_device_without_native_xdp_falls_back_and_reports_it(bench):
    said = bench.attach("verdict-0", "--dev", "lo")
    assert "skb" in said and "native" in said
    (state,) = bench.status()
    assert state["mode"] == "skb" and "native" in state["note"]
    bench.xdpctl("detach", "--all", "--release", "--dev", "lo")
    assert "native" in bench.attach("verdict-0", "--dev", "lo", "--mode", "native", expect=1)
    assert bench.status() == []


def mode_of(bench):
    (state,) = bench.status()
    return state.get("mode"), state.get("wanted_mode")


def test_a_requested_mode_is_kept(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    assert mode_of(bench) == ("native", None)
    bench.attach("verdict-0", "--dev", device, "--name", "b", "--mode", "native")
    assert mode_of(bench) == ("native", "native")
    assert '"mode": "native"' in bench.xdpctl("export")
    bench.daemons[0].stop()
    bench.delete(device)
    run("ip", "-n", bench.netns, "link", "add", device, "type", "bridge")
    bench.daemons[0].start()
    assert mode_of(bench) == (None, "native"), "it fell back, and nobody asked for that"
    assert "does not support XDP in native mode" in bench.status()[0]["note"]
    assert "requested mode: native" in bench.xdpctl("status")
    said = bench.attach("verdict-0", "--dev", device, "--name", "c", "--mode", "skb", "--confirm",
                        "1000")
    assert "xdpd retries now" in said, said
    bench.daemons[0].stop()
    bench.daemons[0].start()
    assert mode_of(bench) == ("skb", "skb") and bench.names(device) == ["a", "b", "c"]
    bench.xdpctl("revert")
    assert mode_of(bench) == ("skb", "native") and bench.names(device) == ["a", "b"]
    assert "requested mode: native" in bench.xdpctl("status")


def test_a_file_can_request_a_mode(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    path = bench.directory / "chains.json"
    exported = json.loads(bench.xdpctl("export"))
    assert "mode" not in exported["devices"][0]
    path.write_text(json.dumps(exported))
    assert "nothing to do" in bench.xdpctl("plan", path)
    exported["devices"][0]["mode"] = "native"
    path.write_text(json.dumps(exported))
    assert "mode" in bench.xdpctl("plan", path) and mode_of(bench) == ("native", None)
    bench.xdpctl("apply", path)
    assert mode_of(bench) == ("native", "native")
    assert "nothing to do" in bench.xdpctl("plan", path)
    assert json.loads(bench.xdpctl("export")) == exported
    del exported["devices"][0]["mode"]
    path.write_text(json.dumps(exported))
    assert "nothing to do" in bench.xdpctl("plan", path), "what a file does not say stays"


def test_the_mode_belongs_to_the_device(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--mode", "skb", "--name", "a")
    assert bench.status()[0]["mode"] == "skb" and "note" not in bench.status()[0]
    assert "skb" in bench.attach("verdict-0", "--dev", device, "--mode", "native", "--name", "b",
                                 expect=1)
    bench.attach("verdict-0", "--dev", device, "--name", "b")
    bench.send(device, 3, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 3


def test_a_rename_is_followed(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    run("ip", "-n", bench.netns, "link", "set", device, "down")
    run("ip", "-n", bench.netns, "link", "set", device, "name", "renamed0")
    assert wait_for(lambda: bench.status()[0]["ifname"] == "renamed0")
    bench.xdpctl("detach", "verdict", "--dev", "renamed0")
