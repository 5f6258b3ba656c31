# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Devices whose components libxdp's own tools list."""
import fcntl
import json
import os
import re

from harness import FRAMES_MAX, OBJECTS, run, wait_for
from test_adopt import (attach_plain, device_status, load_by_libxdp, pass_by, running_id,
                        stop)
from test_foreign import LIBXDP, index_of, own, program_id

ACTIONS = {"XDP_ABORTED": "aborted", "XDP_DROP": "drop", "XDP_PASS": "pass", "XDP_TX": "tx",
           "XDP_REDIRECT": "redirect"}


def needs_extensions(bench):
    """Skip the test if the kernel or the linker has no extensions."""
    if not bench.daemons:
        bench.daemon()
    if json.loads(bench.xdpctl("features", "--json"))["linker"] not in ("freplace", "tiered"):
        bench.skip("the linker makes no extensions here")


def attach(bench, device, name, *arguments, place="verdict-0", **more):
    return bench.attach(place, "--dev", device, "--name", name, *arguments, **more)


def new_device(bench):
    """A new device with one component, which libxdp's tools list."""
    needs_extensions(bench)
    device = bench.device()
    attach(bench, device, "one", "--prio", "20", "--interop", "libxdp")
    return device


def loader_status(bench, device):
    """What xdp-loader lists: the name of the main program, and the priority, id and proceed set of each
    component."""
    lines = own(bench, "xdp-loader", "status", device).splitlines()
    (main,) = [line.split()[1] for line in lines if line.startswith(f"{device} ")]
    listed = [re.fullmatch(r" =>\s+(\d+)\s+(\S+)\s+(\d+)\s+[0-9a-f]{16}\s*(\S*)\s*", line).groups()
              for line in lines if line.startswith(" =>")]
    return main, [(int(priority), int(number),
                   sorted(ACTIONS[action] for action in actions.split(",") if action))
                  for priority, _, number, actions in listed]


def as_listed(entries):
    """xdp-loader shows the proceed set of the line above instead of an empty one (it does not clear
    its buffer: lib/util/util.c, print_iface_status())."""
    shown = []
    for priority, number, proceed_on in entries:
        shown.append((priority, number, proceed_on or (shown[-1][2] if shown else [])))
    return shown


def ours(bench, device):
    return [(entry["priority"], entry["prog_id"], sorted(entry["proceed_on"]))
            for entry in bench.chain(device)]


def directories(bench, device):
    return sorted(LIBXDP.glob(f"dispatch-{index_of(bench, device)}-*"))


def check_listed(bench, device):
    """The device as libxdp's tools see it, down to its pins, without anything superfluous."""
    main, listed = loader_status(bench, device)
    assert main == "xdp_dispatcher" and listed == as_listed(ours(bench, device)), (main, listed)
    (directory,) = directories(bench, device)
    assert directory.name.endswith(f"-{program_id(bench, device)}")
    assert sorted(path.name for path in directory.iterdir()) == \
        sorted(f"prog{n}-{what}" for n in range(len(listed)) for what in ("link", "prog"))
    bench.xdpctl("verify")


def check_unlisted(bench, device):
    main, listed = loader_status(bench, device)
    assert main != "xdp_dispatcher" and not listed
    assert not directories(bench, device)
    bench.xdpctl("verify")


def test_a_kernel_or_linker_without_extensions_refuses_interop(bench):
    device = bench.device()
    bench.daemon("d", "--linker", "fused")
    said = attach(bench, device, "one", "--interop", "libxdp", expect=1)
    assert "list only extensions, and the linker fused makes none" in said, said
    assert bench.status() == []
    attach(bench, device, "one")
    said = bench.xdpctl("interop", "libxdp", "--dev", device, expect=1)
    assert "the linker fused makes none" in said, said
    assert "interop" not in device_status(bench, device)
    bench.xdpctl("interop", "none", "--dev", device)
    file = bench.directory / "chains.json"
    file.write_text(json.dumps({"devices": [{"name": device, "interop": "libxdp", "components": [
        {"object": str(OBJECTS / "verdict-0.o"), "name": "one"}]}]}))
    for verb in ("plan", "apply"):
        assert "the linker fused makes none" in bench.xdpctl(verb, file, expect=1)
    assert pass_by(bench, device, 3, 2) and stop(bench, device, 3, 1)


def test_xdp_loader_lists_every_component(bench):
    device = new_device(bench)
    check_listed(bench, device)
    attach(bench, device, "two", "--prio", "10", "--proceed-on", "pass,tx,redirect",
           place="verdict-1")
    check_listed(bench, device)
    attach(bench, device, "three", "--prio", "30", "--proceed-on", "none", place="verdict-2")
    attach(bench, device, "four", "--prio", "40", "--proceed-on", "aborted,drop,pass,tx,redirect",
           place="verdict-3")
    check_listed(bench, device)
    assert "interop libxdp" in bench.xdpctl("status")
    assert device_status(bench, device)["interop"] == "libxdp"
    bench.xdpctl("move", "one", "--prio", "35", "--dev", device)
    check_listed(bench, device)
    bench.xdpctl("set", "one", "--proceed-on", "drop", "--dev", device)
    check_listed(bench, device)
    bench.xdpctl("replace", "one", OBJECTS / "kind-maps.o", "--dev", device)
    check_listed(bench, device)
    bench.xdpctl("detach", "three", "--dev", device)
    check_listed(bench, device)
    bench.xdpctl("detach", "--all", "--dev", device)
    check_unlisted(bench, device)
    attach(bench, device, "again")
    check_listed(bench, device)
    bench.xdpctl("release", "--dev", device)
    assert running_id(bench, device) is None and not directories(bench, device)


def test_a_file_can_set_interop(bench):
    needs_extensions(bench)
    device = bench.device()
    file = bench.directory / "chains.json"

    def write(**more):
        components = [{"object": str(OBJECTS / "verdict-0.o"), "name": name} for name in "ab"]
        file.write_text(json.dumps({"devices": [{"name": device, "components": components,
                                                 **more}]}))
        return file

    assert ", interop libxdp\n" in bench.xdpctl("plan", write(interop="libxdp"))
    bench.xdpctl("apply", file)
    check_listed(bench, device)
    assert "nothing to do" in bench.xdpctl("plan", file)
    exported = bench.xdpctl("export")
    assert json.loads(exported)["devices"][0]["interop"] == "libxdp"
    for more in ({"interop": "none"}, {}):
        assert "interop libxdp -> none" in bench.xdpctl("plan", write(**more))
        bench.xdpctl("apply", file)
        check_unlisted(bench, device)
        assert "nothing to do" in bench.xdpctl("plan", file)
        file.write_text(exported)
        bench.xdpctl("apply", file)
        check_listed(bench, device)


def test_packets_and_counters_are_the_same_with_interop(bench):
    device = new_device(bench)
    attach(bench, device, "two", "--prio", "30", place="verdict-1")
    attach(bench, device, "three", "--prio", "40", "--proceed-on", "pass,drop", place="verdict-2")
    assert pass_by(bench, device, 5, 2, 2, 2) and pass_by(bench, device, 3, 2, 2, 1)
    assert stop(bench, device, 4, 2, 1, 2) and stop(bench, device, 2, 1, 2, 2)
    assert stop(bench, device, 6, 2, 77, 2)

    def counted():
        return [(entry["counters"]["run"], entry["counters"]["proceed"],
                 entry["counters"]["terminate"]["drop"], entry["counters"]["terminate"]["aborted"])
                for entry in bench.chain(device)]

    wanted = [(20, 18, 2, 0), (18, 8, 4, 6), (8, 8, 0, 0)]
    assert counted() == wanted, counted()
    bench.xdpctl("move", "three", "--prio", "50", "--dev", device)
    assert counted() == wanted, counted()
    bench.xdpctl("interop", "none", "--dev", device)
    assert counted() == wanted, counted()
    daemon = bench.daemons[0]
    bench.xdpctl("interop", "libxdp", "--dev", device)
    assert stop(bench, device, 4, 2, 1, 2)
    daemon.kill()
    assert stop(bench, device, 4, 2, 1, 2)
    daemon.start()
    assert counted() == [(28, 26, 2, 0), (26, 8, 12, 6), (8, 8, 0, 0)], counted()


def test_components_after_one_that_proceeds_on_nothing_do_not_run(bench):
    device = new_device(bench)
    attach(bench, device, "wall", "--prio", "30", "--proceed-on", "none", place="verdict-1")
    attach(bench, device, "never", "--prio", "40", place="verdict-2")
    check_listed(bench, device)
    assert pass_by(bench, device, 3, 2, 2, 1) and stop(bench, device, 3, 2, 1, 2)
    assert stop(bench, device, 3, 2, 31, 2)
    assert [entry["counters"]["run"] for entry in bench.chain(device)] == [9, 9, 0]


def test_interop_is_switched_on_and_off_under_traffic(bench):
    needs_extensions(bench)
    device = bench.device()
    for place in range(3):
        attach(bench, device, f"n{place}", place=f"verdict-{place}")
    bench.quiet()
    check_unlisted(bench, device)
    receiver = bench.receiver(device, FRAMES_MAX)
    sender = bench.sender(device, FRAMES_MAX, 2, 2, 2, interval=2000)
    said = bench.xdpctl("interop", "libxdp", "--dev", device)
    assert said == f"{device}: interop setting changed, generation 4 (native mode)\n", said
    check_listed(bench, device)
    bench.xdpctl("interop", "none", "--dev", device)
    check_unlisted(bench, device)
    sent = sender.stop()
    assert receiver.result() == sent > 0
    assert "interop" not in device_status(bench, device)


def test_a_listed_device_is_not_fused(bench):
    needs_extensions(bench)
    bench.daemons.pop().stop()
    bench.daemon("t", "--linker", "tiered", "--fuse-after", "0.1")
    device, other = bench.device(), bench.device()
    attach(bench, device, "one", "--interop", "libxdp")
    attach(bench, other, "one")
    assert wait_for(lambda: bench.chain(other)[0]["join"] == "inlined")
    (entry,) = bench.chain(device)
    assert entry["join"] == "extension" and "they list only extensions" in entry["why"]
    check_listed(bench, device)
    bench.xdpctl("interop", "libxdp", "--dev", other)
    assert bench.chain(other)[0]["join"] == "extension"
    check_listed(bench, other)
    bench.xdpctl("interop", "none", "--dev", device)
    assert wait_for(lambda: bench.chain(device)[0]["join"] == "inlined")
    check_unlisted(bench, device)


def test_at_most_ten_components_are_listed(bench):
    device = new_device(bench)
    for place in range(1, 10):
        attach(bench, device, f"n{place}", "--prio", "30", place=f"verdict-{place % 8}")
    check_listed(bench, device)
    said = attach(bench, device, "much", expect=1)
    assert "libxdp's tools list at most 10 components" in said, said
    check_listed(bench, device)
    bench.xdpctl("interop", "none", "--dev", device)
    attach(bench, device, "much")
    said = bench.xdpctl("interop", "libxdp", "--dev", device, expect=1)
    assert "would have 11" in said, said
    assert pass_by(bench, device, 3, *(2,) * 8) and stop(bench, device, 3, 2, 2, 2, 1)


def test_interop_survives_restarts_and_reboots(bench):
    device = new_device(bench)
    attach(bench, device, "two", place="verdict-1")
    daemon = bench.daemons[0]
    for end in (daemon.stop, daemon.kill):
        before = loader_status(bench, device)
        end()
        assert loader_status(bench, device) == before
        daemon.start()
        check_listed(bench, device)
    before = [path.name for path in directories(bench, device)]
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.start()
    assert wait_for(lambda: device_status(bench, device)["state"] == "attached")
    assert [path.name for path in directories(bench, device)] != before
    check_listed(bench, device)


def test_a_chain_runs_even_if_it_cannot_be_listed(bench):
    device = new_device(bench)
    daemon = bench.daemons[0]
    daemon.stop()
    daemon.forget_the_kernel()
    daemon.command[daemon.command.index("--linker") + 1] = "fused"
    daemon.start()
    assert wait_for(lambda: device_status(bench, device)["state"] == "attached")
    note = device_status(bench, device)["note"]
    assert note.startswith("not listed by libxdp's tools: ") and \
        "the linker fused makes none" in note, note
    assert device_status(bench, device)["interop"] == "libxdp"
    assert pass_by(bench, device, 3, 2) and stop(bench, device, 3, 1)
    done = bench.try_xdpctl("verify")
    assert done.returncode == 1 and "not listed by libxdp's tools" in done.stdout, done
    daemon.stop()
    daemon.start()
    assert "not listed by libxdp's tools" in device_status(bench, device)["note"]


def test_pins_are_removed_with_their_device(bench):
    device = new_device(bench)
    bench.delete(device)
    assert wait_for(lambda: device_status(bench, device)["state"] == "absent")
    bench.xdpctl("verify")
    assert wait_for(lambda: not [path for path in LIBXDP.iterdir()
                                 if path.name.startswith("dispatch-")])
    bench.device(name=device)
    assert wait_for(lambda: device_status(bench, device)["state"] == "attached")
    check_listed(bench, device)
    attach(bench, device, "two", place="verdict-1")
    check_listed(bench, device)


def test_verify_finds_and_restores_removed_pins(bench):
    device = new_device(bench)
    attach(bench, device, "two", place="verdict-1")
    (directory,) = directories(bench, device)
    (directory / "prog1-prog").unlink()
    assert "listing for libxdp's tools: pin 'prog1-prog' is missing" in \
        bench.try_xdpctl("verify").stdout
    bench.xdpctl("verify", "--repair")
    check_listed(bench, device)
    run("find", directory, "-depth", "-delete")
    assert loader_status(bench, device)[1] == []
    found = json.loads(bench.xdpctl("verify", "--repair", "--json"))["findings"]
    assert len(found) == 4 and all(finding["mended"] for finding in found), found
    check_listed(bench, device)


def test_pins_left_by_a_crash_are_removed(bench):
    device = new_device(bench)
    daemon = bench.daemons[0]
    daemon.stop()
    (generation,) = daemon.bpffs.glob("generations/*")
    stray = generation.with_name("777-1-freplace")
    stray.mkdir()
    run("bpftool", "prog", "load", OBJECTS / "verdict-0.o", stray / "rootlet", "type", "xdp")
    number = json.loads(run("bpftool", "-j", "prog", "show", "pinned", stray / "rootlet").stdout)["id"]
    left = LIBXDP / f"dispatch-{index_of(bench, device)}-{number}"
    left.mkdir()
    run("bpftool", "prog", "pin", "pinned", stray / "rootlet", left / "prog0-prog")
    daemon.start()
    assert not left.exists() and not stray.exists()
    check_listed(bench, device)


def test_a_change_waits_for_libxdps_lock_for_a_limited_time(bench):
    device = new_device(bench)
    lock = os.open(LIBXDP, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    said = attach(bench, device, "two", place="verdict-1", expect=1)
    assert "another process is changing libxdp's dispatchers" in said, said
    os.close(lock)
    check_listed(bench, device)
    assert bench.names(device) == ["one"]
    attach(bench, device, "two", place="verdict-1")
    check_listed(bench, device)


def xdp_tools():
    """The version of xdp-tools, which is that of libxdp. 1.6 makes dispatchers with a config of version 3."""
    said = run("xdpdump", "--version", check=False).stdout
    return tuple(map(int, re.search(r"version (\d+)\.(\d+)", said).groups()))


def test_xdp_loader_does_not_change_a_listed_device(bench):
    device = new_device(bench)
    attach(bench, device, "two", place="verdict-1")
    before = program_id(bench, device)
    first = bench.chain(device)[0]["prog_id"]
    refusals = [(["load", device, OBJECTS / "verdict-2.o"],
                 rf"Couldn't attach XDP program on iface '{device}': .*\(-16\)"),
                (["unload", device, "--id", first], "Unable to detach XDP program: "),
                (["unload", device, "--all"],
                 "Unable to detach XDP program: Device or resource busy")]
    if xdp_tools() >= (1, 6):
        refusals.pop()  # it detaches by force; see the next test
    for words, said in refusals:
        done = bench.inside(bench.netns, "xdp-loader", *words, check=False)
        assert done.returncode != 0 and re.search(said, done.stdout + done.stderr), done
        assert program_id(bench, device) == before
        check_listed(bench, device)
    own(bench, "xdp-loader", "clean", device)
    check_listed(bench, device)
    assert pass_by(bench, device, 3, 2, 2) and stop(bench, device, 3, 2, 1)


def test_a_listed_chain_detached_by_force_is_attached_and_listed_again(bench):
    device = new_device(bench)
    (before,) = directories(bench, device)
    if xdp_tools() >= (1, 6):
        own(bench, "xdp-loader", "unload", device, "--all")
    else:
        run("bpftool", "link", "detach", "id", device_status(bench, device)["rootlet"]["link_id"])
        # Later versions remove the pins afterwards; the daemon may already have done that itself.
        run("find", before, "-depth", "-delete", check=False)
    assert wait_for(lambda: running_id(bench, device))
    assert wait_for(lambda: len(directories(bench, device)) == 1)
    check_listed(bench, device)


def test_a_rolled_back_chain_is_listed_as_before(bench):
    device = new_device(bench)
    bench.xdpctl("interop", "none", "--dev", device, "--confirm", "1h")
    assert not directories(bench, device)
    bench.xdpctl("revert", "--dev", device)
    check_listed(bench, device)
    attach(bench, device, "two", "--interop", "none", "--confirm", "1h", place="verdict-1")
    daemon = bench.daemons[0]
    daemon.kill()
    daemon.start()
    bench.xdpctl("revert", "--dev", device)
    check_listed(bench, device)
    assert bench.names(device) == ["one"]


def test_verdicts_that_are_not_allowed_are_counted(bench):
    device = new_device(bench)
    attach(bench, device, "two", "--allow-verdicts", "pass", "--proceed-on", "pass,aborted",
           place="verdict-1")
    check_listed(bench, device)
    assert pass_by(bench, device, 3, 2, 2) and pass_by(bench, device, 4, 2, 1)
    counters = bench.chain(device)[1]["counters"]
    assert counters["run"] == counters["proceed"] == 7 and counters["overruled"] == 4, counters


def test_an_adopted_device_is_listed_until_libxdp_takes_it(bench):
    needs_extensions(bench)
    device = bench.device()
    numbers = load_by_libxdp(bench, device, ("verdict-0", 20, "XDP_PASS"),
                             ("verdict-1", 10, "XDP_PASS,XDP_TX"))
    bench.xdpctl("adopt", "--dev", device)
    check_unlisted(bench, device)
    bench.xdpctl("interop", "libxdp", "--dev", device)
    check_listed(bench, device)
    assert [entry[1] for entry in loader_status(bench, device)[1]] == numbers
    assert stop(bench, device, 3, 2, 1) and pass_by(bench, device, 3, 2, 2)
    load = ["xdp-loader", "load", device, "-P", "30", OBJECTS / "verdict-2.o"]
    if xdp_tools() >= (1, 6):
        done = bench.inside(bench.netns, *load, check=False)
        assert done.returncode != 0 and "dispatcher version 2 is older" in done.stderr, done
        check_listed(bench, device)
        return
    own(bench, *load)
    assert [entry[1] for entry in loader_status(bench, device)[1]][:2] == numbers
    assert wait_for(lambda: "libxdp's dispatcher" in device_status(bench, device).get("note", ""))
    assert stop(bench, device, 3, 2, 2, 1) and stop(bench, device, 3, 2, 1, 2)
    bench.xdpctl("release", "--dev", device)
    assert stop(bench, device, 3, 2, 2, 1) and stop(bench, device, 3, 2, 1, 2)
    bench.xdpctl("adopt", "--dev", device)
    bench.xdpctl("interop", "libxdp", "--dev", device)
    check_listed(bench, device)
    assert stop(bench, device, 3, 2, 2, 1) and pass_by(bench, device, 3, 2, 2, 2)


def test_an_adopted_plain_program_is_not_listed(bench):
    needs_extensions(bench)
    device = bench.device()
    attach_plain(bench, device)
    bench.xdpctl("adopt", "--dev", device)
    said = bench.xdpctl("interop", "libxdp", "--dev", device, expect=1)
    assert "libxdp's tools cannot list 'verdict'" in said and "tail call" in said, said


def test_a_device_of_another_namespace_is_listed_there(bench):
    needs_extensions(bench)
    device = bench.device()
    attach(bench, device, "here", "--interop", "libxdp")
    attach(bench, device, "there", "--interop", "libxdp", "--netns", bench.peer, place="verdict-1")
    listed = {
        netns: re.findall(r"=>\s+\d+\s+\S+\s+(\d+)",
                          bench.inside(netns, "xdp-loader", "status", device).stdout)
        for netns in (bench.netns, bench.peer)}
    wanted = {netns: [str(entry["components"][0]["prog_id"])] for netns, entry in
              zip((bench.netns, bench.peer), bench.status())}
    assert listed == wanted, (listed, wanted)
    bench.xdpctl("verify")
    bench.xdpctl("release", "--dev", device, "--netns", bench.peer)
    (left,) = bench.listed()
    assert left.name.endswith(f"-{program_id(bench, device)}")


def test_a_policy_is_not_listed(bench):
    device = new_device(bench)
    said = bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device, "--park", expect=1)
    assert f"libxdp's tools cannot list {device}, because it runs a policy" in said, said
    check_listed(bench, device)
    other = bench.device()
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", other)
    said = bench.xdpctl("interop", "libxdp", "--dev", other, expect=1)
    assert f"libxdp's tools cannot list {other}, because it runs a policy" in said, said


def test_another_bpffs_is_refused(bench):
    place = bench.directory / "bpffs"
    place.mkdir()
    run("mount", "-t", "bpf", "bpf", place)
    try:
        daemon = bench.daemon()
        daemon.stop()
        daemon.remove_pins()
        daemon.bpffs = place / "xdpd"
        daemon.command[daemon.command.index("--bpffs") + 1] = daemon.bpffs
        daemon.start()
        needs_extensions(bench)
        device = bench.device()
        said = attach(bench, device, "one", "--interop", "libxdp", expect=1)
        assert "look only in the bpffs at /sys/fs/bpf" in said and "--bpffs" in said, said
        daemon.stop()
        daemon.remove_pins()
    finally:
        run("umount", "-l", place)  # after a skipped test the daemon still has the variable


def test_unknown_names_are_refused(bench):
    device = bench.device()
    attach(bench, device, "one")
    for words in (["interop", "libfoo", "--dev", device], ["interop", "libxdp"]):
        done = bench.try_xdpctl(*words)
        assert done.returncode == 2, done
    said = bench.xdpctl("interop", "none", "--dev", bench.device(), expect=1)
    assert "xdpd does not manage" in said, said
