# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Devices are taken over from other loaders while packets flow, and released."""
import contextlib
import fcntl
import json
import os

from harness import BUILD, FRAMES_MAX, OBJECTS, PATIENCE, Sender, run, wait_for
from test_foreign import (LIBXDP, XDP_LINK, dispatcher_id, index_of, own, pinned_program,
                          program_id)


def running_id(bench, device):
    """The id of the XDP program that the device runs; None if it runs none."""
    (shown,) = json.loads(own(bench, "ip", "-j", "link", "show", device))
    return shown["xdp"]["prog"]["id"] if "xdp" in shown else None


def attach_plain(bench, device, name="verdict-0", mode="xdp", section="xdp"):
    own(bench, "ip", "link", "set", device, mode, "obj", OBJECTS / f"{name}.o", "sec", section)
    return program_id(bench, device)


def device_status(bench, device):
    return next(entry for entry in bench.status() if entry["ifname"] == device)


def pass_by(bench, device, count, *verdicts):
    """True if that many frames all reach the stack."""
    return bench.arrive(device, count, *verdicts) == count


def stop(bench, device, count, *verdicts):
    """True if none of them reaches the stack."""
    return bench.arrive(device, count, *verdicts) == 0


def test_plain_program_is_run_by_a_tail_call(bench):
    device = bench.device()
    plain = attach_plain(bench, device)
    said = bench.xdpctl("adopt", "--dev", device)
    assert said.startswith(f"{device}: programs adopted, generation 1 (native mode)\n")
    assert "'verdict' is run by a tail call: " in said, said
    shown = device_status(bench, device)
    assert shown["owned"] == "netlink" and "link_id" not in shown["rootlet"]
    assert shown["rootlet"]["prog_id"] == program_id(bench, device) != plain
    (member,) = shown["components"]
    assert member["join"] == "tail_called" and member["prog_id"] == plain
    assert "object" not in member and member["priority"] == 65535
    assert "never returns to the chain" in member["why"]
    assert pass_by(bench, device, 5, 2)
    assert stop(bench, device, 5, 1)
    counters = bench.chain(device)[0]["counters"]
    assert counters["run"] == 10 and counters["proceed"] == 0
    assert not any(counters["terminate"].values())
    text = bench.xdpctl("status")
    assert "netlink-owned" in text and "verdict is run by a tail call: " in text
    bench.xdpctl("verify")


def test_components_run_before_a_tail_called_program(bench):
    device = bench.device()
    attach_plain(bench, device)
    bench.xdpctl("adopt", "--dev", device)
    bench.attach("verdict-1", "--dev", device, "--name", "mine")
    bench.attach("kind-maps", "--dev", device, "--name", "counts", "--prio", "1")
    bench.quiet()
    assert bench.names(device) == ["counts", "mine", "verdict"]
    assert pass_by(bench, device, 3, 2, 2)
    assert stop(bench, device, 4, 2, 1)
    assert [entry["counters"]["run"] for entry in bench.chain(device)] == [7, 7, 3]
    for arguments in (["attach", OBJECTS / "verdict-2.o", "--name", "late", "--prio", 65535],
                      ["attach", OBJECTS / "verdict-2.o", "--name", "late", "--after", "verdict"],
                      ["move", "verdict", "--before", "mine"]):
        said = bench.xdpctl(*arguments, "--dev", device, expect=1)
        assert "cannot run after 'verdict', which is run by a tail call" in said, said
    assert bench.names(device) == ["counts", "mine", "verdict"]
    bench.xdpctl("detach", "verdict", "--dev", device)
    assert pass_by(bench, device, 4, 2, 2)
    assert device_status(bench, device)["owned"] == "netlink"


def test_replacing_a_tail_called_program_makes_it_a_full_member(bench):
    device = bench.device()
    attach_plain(bench, device, "kind-maps")
    bench.send(device, 4, 2)
    bench.xdpctl("adopt", "--dev", device)
    bench.send(device, 5, 2)
    bench.xdpctl("replace", "kind", OBJECTS / "kind-maps.o", "--dev", device)
    assert pass_by(bench, device, 6, 2)
    (member,) = bench.chain(device)
    assert member["join"] != "tail_called" and member["object"].startswith("sha256:")
    assert member["counters"]["run"] == 11 and member["counters"]["proceed"] == 6
    assert bench.map_value(member, "an_array") == 15, "the map was not carried over"
    bench.attach("verdict-1", "--dev", device, "--after", "kind")
    assert stop(bench, device, 3, 2, 1)
    bench.quiet()
    assert {entry["join"] for entry in bench.chain(device)} <= {"inlined", "extension"}


def forget_counters(status):
    for device in status:
        for component in device["components"]:
            del component["counters"]


def test_an_adopted_device_survives_restarts(bench):
    device = bench.device()
    attach_plain(bench, device)
    bench.xdpctl("adopt", "--dev", device)
    bench.attach("verdict-1", "--dev", device, "--name", "mine")
    bench.quiet()
    before = bench.status()
    daemon = bench.daemons[0]
    forget_counters(before)
    for end in (daemon.stop, daemon.kill):
        end()
        assert stop(bench, device, 4, 2, 1)
        assert pass_by(bench, device, 4, 2, 2)
        daemon.start()
        after = bench.status()
        forget_counters(after)
        assert after == before
    assert [entry["counters"]["run"] for entry in bench.chain(device)] == [16, 8]
    bench.xdpctl("verify")
    bench.attach("verdict-2", "--dev", device, "--name", "more")
    assert pass_by(bench, device, 4, 2, 2, 2) and stop(bench, device, 4, 2, 2, 1)


def test_release_gives_up_the_device(bench):
    device = bench.device()
    attach_plain(bench, device)
    bench.xdpctl("adopt", "--dev", device)
    bench.attach("verdict-1", "--dev", device, "--name", "mine")
    said = bench.xdpctl("release", "--dev", device)
    assert said == f"{device}: all components detached, device released\n"
    daemon = bench.daemons[0]
    assert running_id(bench, device) is None and bench.status() == []
    assert not daemon.records() and not daemon.objects()
    for place in ("devices", "generations", "components"):
        assert not list(daemon.bpffs.glob(f"{place}/*"))
    bench.attach("verdict-1", "--dev", device)
    assert device_status(bench, device)["owned"] == "link"
    bench.xdpctl("release", "--dev", device)
    assert running_id(bench, device) is None


def test_skb_mode_is_kept(bench):
    device = bench.device()
    attach_plain(bench, device, mode="xdpgeneric")
    assert "(skb mode)" in bench.xdpctl("adopt", "--dev", device)
    assert pass_by(bench, device, 3, 2) and stop(bench, device, 3, 1)
    bench.daemons[0].kill()
    bench.daemons[0].start()
    assert device_status(bench, device)["mode"] == "skb"
    bench.attach("verdict-1", "--dev", device, "--name", "mine")
    assert stop(bench, device, 3, 2, 1)
    bench.xdpctl("release", "--dev", device)
    assert running_id(bench, device) is None


def test_a_program_for_multi_buffer_packets_is_adopted(bench):
    if bench.kernel_older(5, 18):
        bench.skip("the kernel knows no such packets")
    device = bench.device()
    attach_plain(bench, device, "kind-section-xdp_frags", section="xdp.frags")
    bench.xdpctl("adopt", "--dev", device)
    assert pass_by(bench, device, 3, 2)
    said = bench.attach("kind-plain", "--dev", device, "--name", "mine", expect=1)
    assert "'mine' does not accept multi-buffer packets" in said, said
    bench.attach("kind-section-xdp_frags", "--dev", device, "--name", "mine")
    assert pass_by(bench, device, 3, 2)


def test_a_device_of_another_namespace_is_adopted(bench):
    device, there = bench.device(), bench.peer
    bench.inside(there, "ip", "link", "set", device, "xdp", "obj", OBJECTS / "verdict-0.o", "sec",
                 "xdp")

    def there_is(xdp):
        (shown,) = json.loads(bench.inside(there, "ip", "-j", "link", "show", device).stdout)
        return ("xdp" in shown) == xdp

    bench.xdpctl("adopt", "--dev", device, expect=1)
    bench.xdpctl("adopt", "--dev", device, "--netns", there)
    daemon = bench.daemons[0]
    for end in (daemon.stop, daemon.kill):
        end()
        daemon.start()
        bench.xdpctl("verify")
        (shown,) = bench.status()
        assert shown["owned"] == "netlink" and shown["netns"] == f"/run/netns/{there}"
        bench.spawn(bench.netns, Sender, device, 4, 0, 1).wait()
    assert bench.status()[0]["components"][0]["counters"]["run"] == 8
    bench.attach("verdict-1", "--dev", device, "--netns", there, "--name", "mine")
    assert there_is(True)
    bench.xdpctl("release", "--dev", device, "--netns", there)
    assert there_is(False) and bench.status() == []


def test_an_adopted_device_that_moves_is_absent_where_it_was(bench):
    device, there = bench.device(), f"{bench.id}c"
    run("ip", "netns", "add", there)
    try:
        attach_plain(bench, device)
        bench.xdpctl("adopt", "--dev", device)
        bench.attach("verdict-1", "--dev", device, "--name", "mine")
        bench.quiet()
        rootlet = running_id(bench, device)
        run("ip", "-n", bench.netns, "link", "set", device, "netns", there)
        assert wait_for(lambda: device_status(bench, device)["state"] == "absent"), bench.status()
        assert bench.names(device) == ["mine", "verdict"]
        bench.xdpctl("verify")
        run("ip", "-n", there, "link", "set", device, "netns", bench.netns)
        own(bench, "ip", "link", "set", device, "up")
        assert running_id(bench, device) == rootlet
        assert wait_for(lambda: f"(id {rootlet})" in device_status(bench, device).get("note", ""))
        assert device_status(bench, device)["state"] == "failed"
        own(bench, "ip", "link", "set", device, "xdp", "off")
        assert device_status(bench, device)["owned"] == "link", bench.status()
        assert bench.names(device) == ["mine", "verdict"]
        assert stop(bench, device, 4, 1, 2) and pass_by(bench, device, 4, 2, 2)
        bench.xdpctl("verify")
    finally:
        run("ip", "netns", "del", there)


def test_one_program_on_two_devices_is_adopted(bench):
    first, second = bench.device(), bench.device()
    with pinned_program(bench) as program:
        for device in (first, second):
            own(bench, "ip", "link", "set", device, "xdp", "pinned", program)
    bench.xdpctl("adopt", "--dev", first, "--dev", second)
    assert all(pass_by(bench, device, 3, 2) for device in (first, second))
    bench.xdpctl("release", "--dev", first)
    assert pass_by(bench, first, 3, 1) and stop(bench, second, 3, 1)


def test_refusals_change_nothing(bench):
    empty, mine, plain, linked = (bench.device() for _ in range(4))
    bench.attach("verdict-1", "--dev", mine)
    attach_plain(bench, plain)
    daemon = bench.daemons[0]

    def refused(*devices):
        before = [running_id(bench, device) for device in devices], bench.status(), \
            run("find", daemon.bpffs).stdout
        said = bench.xdpctl("adopt", *(word for device in devices for word in ("--dev", device)),
                            expect=1)
        assert before == ([running_id(bench, device) for device in devices], bench.status(),
                          run("find", daemon.bpffs).stdout)
        return said

    assert "runs no XDP program" in refused(empty)
    assert f"xdpd already manages {mine}" in refused(mine)
    assert "runs no XDP program" in refused(plain, empty)
    with pinned_program(bench) as program:
        pin = program.with_name("link")
        own(bench, XDP_LINK, program, linked, pin)
        assert "it is attached by a link, which only its owner can replace" in refused(linked)
    with pinned_program(bench, "dispatcher-2") as program:
        own(bench, "ip", "link", "set", empty, "xdp", "pinned", program)
        assert "the pins of its programs are missing" in refused(empty)
        own(bench, "ip", "link", "set", empty, "xdp", "off")
    assert "no network device 'nowhere'" in bench.xdpctl("adopt", "--dev", "nowhere", expect=1)
    bench.xdpctl("adopt", "--dev", plain)
    assert stop(bench, plain, 3, 1)


def test_a_device_that_another_loader_took_is_left_alone(bench):
    device = bench.device()
    attach_plain(bench, device)
    bench.xdpctl("adopt", "--dev", device)
    own(bench, "ip", "-force", "link", "set", device, "xdp", "obj", OBJECTS / "verdict-3.o", "sec",
        "xdp")
    theirs = program_id(bench, device)
    said = bench.attach("verdict-1", "--dev", device, "--name", "mine", expect=1)
    assert "something outside xdpd has replaced or removed the program" in said or \
        f"already runs the XDP program 'verdict' (id {theirs})" in said, said
    assert wait_for(lambda: f"(id {theirs})" in device_status(bench, device).get("note", ""))
    assert program_id(bench, device) == theirs
    daemon = bench.daemons[0]
    daemon.kill()
    daemon.start()
    assert program_id(bench, device) == theirs
    shown = device_status(bench, device)
    assert "rootlet" not in shown and f"(id {theirs})" in shown["note"], shown
    bench.xdpctl("release", "--dev", device)
    assert program_id(bench, device) == theirs and bench.status() == []


def test_a_detached_chain_is_attached_again(bench):
    device = bench.device()
    attach_plain(bench, device)
    bench.xdpctl("adopt", "--dev", device)
    own(bench, "ip", "link", "set", device, "xdp", "off")
    assert wait_for(lambda: device_status(bench, device).get("owned") == "link")
    assert stop(bench, device, 3, 1) and pass_by(bench, device, 3, 2)


def test_the_pin_of_an_adopted_device_is_verified_and_repaired(bench):
    device = bench.device()
    attach_plain(bench, device)
    bench.xdpctl("adopt", "--dev", device)
    daemon = bench.daemons[0]
    (pin,) = daemon.bpffs.glob("devices/*/program")
    pin.unlink()
    found = json.loads(bench.xdpctl("verify", "--repair", "--json"))["findings"]
    assert [finding["mended"] for finding in found] == [True], found
    bench.xdpctl("verify")
    daemon.kill()
    daemon.start()
    assert device_status(bench, device)["state"] == "attached"
    assert stop(bench, device, 3, 1)


def test_after_a_reboot_an_adopted_program_has_failed(bench):
    device = bench.device()
    attach_plain(bench, device)
    bench.xdpctl("adopt", "--dev", device)
    bench.attach("verdict-1", "--dev", device, "--name", "mine")
    daemon = bench.daemons[0]
    daemon.stop()
    own(bench, "ip", "link", "set", device, "xdp", "off")
    daemon.remove_pins()
    for record in daemon.records():
        text = json.loads(record.read_text())
        text["running"]["boot"] = "of another time"
        record.write_text(json.dumps(text))
    daemon.start()
    assert wait_for(lambda: bench.status()[0]["state"] == "attached")
    shown = device_status(bench, device)
    assert shown["owned"] == "link"
    mine, lost = shown["components"]
    assert mine["state"] == "running" and lost["state"] == "failed"
    assert "adopted from another loader without its object" in lost["failure"]
    assert stop(bench, device, 3, 2, 1)
    bench.xdpctl("replace", "verdict", OBJECTS / "verdict-0.o", "--dev", device)
    assert [entry["state"] for entry in bench.chain(device)] == ["running", "running"]
    bench.xdpctl("verify")
    assert pass_by(bench, device, 3, 2, 2) and stop(bench, device, 3, 1, 2)


def kill_at(bench, daemon, load, point):
    """Adopts a new device with a daemon that is killed at this point, then starts another daemon."""
    device = bench.device()
    load(bench, device)
    before = program_id(bench, device), own(bench, "xdp-loader", "status", device)
    if daemon.process:
        daemon.stop()
    daemon.start(XDPD_CRASH_POINT=point)
    done = run(BUILD / "cli/xdpctl", "--socket", daemon.socket, "adopt", "--dev", device,
               check=False)
    assert done.returncode != 0 and daemon.process.wait(PATIENCE) == -9, (point, done)
    daemon.process = None
    assert pass_by(bench, device, 2, 2) and stop(bench, device, 2, 1), point
    daemon.start()
    if bench.status():
        shown = device_status(bench, device)
        assert shown["state"] == "attached" and shown["owned"] == "netlink", (point, shown)
        assert shown["rootlet"]["prog_id"] == program_id(bench, device)
        assert len(list(daemon.bpffs.glob("devices/*/*"))) == 2, point
    else:
        assert before == (program_id(bench, device),
                          own(bench, "xdp-loader", "status", device)), point
        assert not daemon.records() and not list(daemon.bpffs.glob("*/*")), point
        bench.xdpctl("adopt", "--dev", device)
    assert is_no_dispatcher(bench, device), point
    bench.xdpctl("verify")
    assert pass_by(bench, device, 2, 2) and stop(bench, device, 2, 1), point
    bench.attach("verdict-1", "--dev", device, "--name", "mine")
    assert stop(bench, device, 2, 2, 1)
    bench.xdpctl("release", "--dev", device)
    assert not list(daemon.bpffs.glob("*/*")), point
    bench.delete(device)


def kill_everywhere(bench, load):
    if b"XDPD_CRASH_POINT" not in (BUILD / "daemon/xdpd").read_bytes():
        bench.skip("the daemon was built without crash points")
    device = bench.device()
    load(bench, device)
    log = bench.directory / "points"
    daemon = bench.daemon()
    daemon.stop()
    daemon.start(XDPD_CRASH_LOG=log)
    log.write_text("")
    bench.xdpctl("adopt", "--dev", device)
    points = log.read_text().split()
    bench.xdpctl("release", "--dev", device)
    bench.delete(device)
    assert {"pin", "build", "file-rename", "swap"} <= set(points), points
    for number, name in enumerate(points):
        kill_at(bench, daemon, load, f"{name}:{points[:number + 1].count(name)}")


def test_a_killed_daemon_completes_an_adoption_or_changes_nothing(bench):
    kill_everywhere(bench, attach_plain)


def test_a_killed_daemon_completes_the_adoption_of_a_dispatcher_or_changes_nothing(bench):
    kill_everywhere(bench, lambda *where: load_by_libxdp(*where, ("verdict-0", 50, "XDP_PASS"),
                                                         ("kind-plain", 60, "XDP_PASS")))


def load_by_libxdp(bench, device, *programs):
    """Loads programs, each given by object, priority and verdicts; returns their ids in the order in which they run."""
    for name, priority, actions in programs:
        own(bench, "xdp-loader", "load", device, "-P", str(priority), "-A", actions,
            OBJECTS / f"{name}.o")
        dispatcher_id(bench, device)
    directory = LIBXDP / f"dispatch-{index_of(bench, device)}-{dispatcher_id(bench, device)}"
    return [json.loads(run("bpftool", "-j", "prog", "show", "pinned",
                           directory / f"prog{place}-prog").stdout)["id"]
            for place in range(len(programs))]


def adopt_under_traffic(bench, device, verdicts=(2,) * 8):
    """Adopts while frames are sent that all pass, none of which may be lost; returns how many were sent."""
    if not bench.daemons:
        bench.daemon()
    receiver = bench.receiver(device, FRAMES_MAX)
    sender = bench.sender(device, FRAMES_MAX, *verdicts, interval=2000)
    said = bench.xdpctl("adopt", "--dev", device)
    assert said == f"{device}: programs adopted, generation 1 (native mode)\n"
    sent, got = sender.stop(), receiver.result()
    assert got == sent > 0, f"{got} of {sent}"
    return sent


def is_no_dispatcher(bench, device):
    """For libxdp the program of the device is not a dispatcher, and it has no pins of one."""
    shown = own(bench, "xdp-loader", "status", device)
    assert "xdp_dispatcher" not in shown and "=>" not in shown, shown
    return not list(LIBXDP.glob(f"dispatch-{index_of(bench, device)}-*"))


def members(bench, device):
    return [(entry["prog_id"], entry["priority"], entry["proceed_on"])
            for entry in bench.chain(device)]


def test_dispatcher_with_one_program_is_adopted(bench):
    device = bench.device()
    (number,) = load_by_libxdp(bench, device, ("verdict-0", 33, "XDP_PASS,XDP_TX"))
    adopt_under_traffic(bench, device)
    assert members(bench, device) == [(number, 33, ["pass", "tx"])]
    (member,) = bench.chain(device)
    assert member["name"] == "verdict" and member["join"] == "extension"
    assert "object" not in member and device_status(bench, device)["owned"] == "netlink"
    assert is_no_dispatcher(bench, device)
    before = member["counters"]["proceed"]
    assert stop(bench, device, 4, 1) and pass_by(bench, device, 4, 2)
    counters = bench.chain(device)[0]["counters"]
    assert counters["proceed"] == before + 4 and counters["terminate"]["drop"] == 4
    bench.xdpctl("release", "--dev", device)
    assert running_id(bench, device) is None and is_no_dispatcher(bench, device)


def test_a_dispatcher_behind_the_link_of_iproute2_is_adopted(bench):
    with contextlib.suppress(OSError):
        LIBXDP.rmdir()
    attach_plain(bench, bench.device())
    if not LIBXDP.is_symlink():
        bench.skip(f"{LIBXDP} is there and in use, so that iproute2 makes no link of it")
    device = bench.device()
    load_by_libxdp(bench, device, ("verdict-0", 50, "XDP_PASS"))
    adopt_under_traffic(bench, device)
    assert is_no_dispatcher(bench, device)
    bench.xdpctl("release", "--dev", device)
    LIBXDP.unlink()


def test_dispatcher_with_two_programs_is_adopted(bench):
    device = bench.device()
    numbers = load_by_libxdp(bench, device, ("verdict-0", 20, "XDP_PASS,XDP_DROP"),
                             ("long_name", 10, "XDP_PASS"))
    adopt_under_traffic(bench, device)
    assert members(bench, device) == [(numbers[0], 10, ["pass"]),
                                      (numbers[1], 20, ["drop", "pass"])]
    assert bench.names(device) == ["a_name_that_the_kernel_cuts", "verdict"]
    assert is_no_dispatcher(bench, device)
    daemon = bench.daemons[0]
    for end in (daemon.stop, daemon.kill):
        before = members(bench, device)
        end()
        assert pass_by(bench, device, 3, 2) and stop(bench, device, 3, 1)
        daemon.start()
        assert members(bench, device) == before
        bench.xdpctl("verify")
    bench.attach("verdict-1", "--dev", device, "--name", "mine", "--prio", "15")
    bench.attach("kind-maps", "--dev", device, "--name", "last", "--prio", "30")
    assert pass_by(bench, device, 3, 2, 2) and stop(bench, device, 3, 2, 1)
    bench.xdpctl("move", "verdict", "--dev", device, "--prio", "1")
    bench.xdpctl("detach", "a_name_that_the_kernel_cuts", "--dev", device)
    assert bench.names(device) == ["verdict", "mine", "last"]
    assert pass_by(bench, device, 3, 2, 2) and stop(bench, device, 3, 2, 1)
    bench.xdpctl("replace", "verdict", OBJECTS / "verdict-0.o", "--dev", device)
    assert all("object" in entry for entry in bench.chain(device))
    assert pass_by(bench, device, 3, 2, 2) and stop(bench, device, 3, 2, 1)


def test_a_component_with_a_program_array_joins_adopted_extensions(bench):
    device = bench.device()
    load_by_libxdp(bench, device, ("verdict-0", 20, "XDP_PASS"))
    adopt_under_traffic(bench, device)
    said = bench.attach("kind-open_array", "--dev", device, "--name", "root", "--prio", "30")
    assert "'root' is an extension, because the chain cannot be fused: 'verdict' was adopted without its object" in \
        said, said
    assert "the kernel puts no XDP program into the array of an extension" in said, said
    assert pass_by(bench, device, 3, 2) and bench.chain(device)[1]["counters"]["proceed"] == 3
    refusal = bench.attach("kind-void_context", "--dev", device, "--name", "other", expect=1)
    assert "'other' cannot be an extension (it is declared as" in refusal, refusal
    assert "supply the object with 'xdpctl replace'" in refusal, refusal
    said = bench.xdpctl("replace", "verdict", OBJECTS / "verdict-0.o", "--dev", device)
    assert "map 'programs' of 'root' is a new one" in said and device_status(bench, device)["linker"] == "fused", said
    bench.attach("kind-void_context", "--dev", device, "--name", "other", "--prio", "40")
    assert device_status(bench, device)["linker"] == "fused"
    assert pass_by(bench, device, 3, 2) and bench.chain(device)[2]["counters"]["proceed"] == 3


def test_dispatcher_with_ten_programs_is_adopted(bench):
    device = bench.device()
    wanted = [(f"verdict-{place % 8}", 90 - 10 * (place // 2), "XDP_PASS")
              for place in range(10)]
    numbers = load_by_libxdp(bench, device, *wanted)
    count = adopt_under_traffic(bench, device)
    assert members(bench, device) == [(number, priority, ["pass"]) for number, priority in
                                      zip(numbers, sorted(entry[1] for entry in wanted))]
    assert sorted(bench.names(device)) == sorted(["verdict"] +
                                                 [f"verdict-{n}" for n in range(2, 11)])
    assert is_no_dispatcher(bench, device)
    assert bench.chain(device)[9]["counters"]["proceed"] <= count
    assert pass_by(bench, device, 3, *(2,) * 8)
    for place in range(8):
        assert stop(bench, device, 2, *(1 if place == n else 2 for n in range(8)))
    bench.attach("verdict-1", "--dev", device, "--name", "mine", "--before", "verdict-5")
    assert pass_by(bench, device, 3, *(2,) * 8)


def test_chain_with_adopted_extensions_is_not_fused(bench):
    device = bench.device()
    load_by_libxdp(bench, device, ("verdict-0", 50, "XDP_PASS"), ("verdict-1", 60, "XDP_PASS"))
    bench.daemon("d", "--linker", "tiered", "--fuse-after", "0.1")
    bench.xdpctl("adopt", "--dev", device)
    assert bench.quiet()
    whys = [entry.get("why", "") for entry in bench.chain(device)]
    assert all("was adopted without its object" in why for why in whys), whys
    assert "not fused: 'verdict' was adopted" in bench.xdpctl("status")
    for name, place in (("verdict", 0), ("verdict-2", 1)):
        bench.xdpctl("replace", name, OBJECTS / f"verdict-{place}.o", "--dev", device)
    assert bench.quiet()
    assert [entry["join"] for entry in bench.chain(device)] == ["inlined", "inlined"]
    assert pass_by(bench, device, 3, 2, 2) and stop(bench, device, 3, 2, 1)
    if bench.kernel_older(6, 1):
        return
    bench.attach("kind-tail_call", "--dev", device, "--name", "last", "--prio", "70")
    assert bench.quiet()
    assert [entry["join"] for entry in bench.chain(device)] == ["inlined", "inlined", "called"]
    assert pass_by(bench, device, 3, 2, 2) and stop(bench, device, 3, 2, 1)
    bench.xdpctl("detach", "last", "--dev", device)
    assert bench.quiet()
    assert pass_by(bench, device, 3, 2, 2) and stop(bench, device, 3, 2, 1)


def test_the_fused_linker_refuses_a_dispatcher_and_leaves_it_alone(bench):
    device = bench.device()
    load_by_libxdp(bench, device, ("verdict-0", 50, "XDP_PASS"), ("verdict-1", 60, "XDP_PASS"))
    daemon = bench.daemon("d", "--linker", "fused")
    before = program_id(bench, device), run("find", LIBXDP).stdout, \
        own(bench, "xdp-loader", "status", device)
    said = bench.xdpctl("adopt", "--dev", device, expect=1)
    assert "was adopted without its object, so it cannot be fused" in said, said
    assert before == (program_id(bench, device), run("find", LIBXDP).stdout,
                      own(bench, "xdp-loader", "status", device))
    assert bench.status() == [] and not list(daemon.bpffs.glob("*/*"))
    own(bench, "xdp-loader", "unload", device, "--all")


def test_one_request_attaches_to_adopted_and_other_devices(bench):
    adopted, other = bench.device(), bench.device()
    load_by_libxdp(bench, adopted, ("verdict-0", 50, "XDP_PASS"))
    bench.daemon("d", "--linker", "freplace")
    bench.xdpctl("adopt", "--dev", adopted)
    bench.attach("verdict-1", "--dev", adopted, "--dev", other, "--name", "mine")
    assert stop(bench, other, 3, 2, 1) and stop(bench, adopted, 3, 2, 1)
    assert pass_by(bench, other, 3, 1, 2) and stop(bench, adopted, 3, 1, 2)


def test_a_dispatcher_is_refused_while_another_process_changes_dispatchers(bench):
    device = bench.device()
    load_by_libxdp(bench, device, ("verdict-0", 50, "XDP_PASS"))
    bench.daemon()
    lock = os.open(LIBXDP, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    before = program_id(bench, device)
    said = bench.xdpctl("adopt", "--dev", device, expect=1)
    assert "another process is changing libxdp's dispatchers" in said, said
    assert program_id(bench, device) == before
    os.close(lock)
    bench.xdpctl("adopt", "--dev", device)


def test_program_that_libxdp_attached_without_a_dispatcher_is_adopted(bench):
    device = bench.device()
    bench.inside(bench.netns, "xdp-loader", "load", device, OBJECTS / "verdict-0.o",
                 env={**os.environ, "LIBXDP_SKIP_DISPATCHER": "1"})
    bench.daemon()
    bench.xdpctl("adopt", "--dev", device)
    assert bench.chain(device)[0]["join"] == "tail_called"
    assert stop(bench, device, 3, 1) and pass_by(bench, device, 3, 2)
