# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Devices with an XDP program that xdpd does not manage: the message describes it, and it stays."""
import json
import os
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path

import kernel_objects
from harness import OBJECTS, UNIT, run

XDP_LINK = Path(__file__).resolve().with_name("xdp-link")
LIBXDP = Path("/sys/fs/bpf/xdp")


def own(bench, *command):
    """Run a command in the daemon's namespace."""
    return bench.inside(bench.netns, *command).stdout


def program_id(bench, device):
    (shown,) = json.loads(own(bench, "ip", "-j", "link", "show", device))
    return shown["xdp"]["prog"]["id"]


def fingerprint(bench, device):
    """Everything that the owners of the programs would notice."""
    pins = sorted((path, kernel_objects.of_pin(path)) for directory in bench.listed()
                  for path in directory.iterdir())
    links = json.loads(run("bpftool", "-j", "link").stdout)
    status = bench.inside(bench.netns, "xdp-loader", "status", device, check=False).stdout
    return (program_id(bench, device), pins, status,
            [(link["id"], link["prog_id"]) for link in links if link.get("ifindex") in bench.indexes])


def refusal(bench, device):
    """The daemon's message, after a check that nothing changed."""
    if not bench.daemons:
        bench.daemon()
    before = fingerprint(bench, device)
    sentence = bench.attach("verdict-1", "--dev", device, expect=1)
    after = fingerprint(bench, device)
    assert after == before, (before, after)
    assert bench.status() == []
    start, end = f"xdpctl: {device} already runs ", ", which xdpd does not manage"
    assert sentence.startswith(start) and end in sentence, sentence
    description, advice = sentence[len(start):].split(end)
    check_advice(device, description, advice.strip())
    return description


def check_advice(device, description, advice):
    """The program of a link stays until its link is detached; others can be adopted."""
    if "attached by a link" in description or "a dispatcher like" in description:
        assert not advice or re.fullmatch(r"; 'bpftool link detach id \d+' detaches it", advice), advice
    else:
        assert advice == f"; 'xdpctl adopt --dev {device}' takes it over", advice


@contextmanager
def pinned_program(bench, name="verdict-0"):
    """The path of a pinned XDP program, in a directory for further pins."""
    directory = Path(f"/sys/fs/bpf/foreign-{bench.id}/a/b")
    directory.mkdir(parents=True)
    try:
        run("bpftool", "prog", "load", OBJECTS / f"{name}.o", directory / "program", "type", "xdp")
        yield directory / "program"
    finally:
        run("find", directory.parents[1], "-depth", "-delete")


def attach_by_link(bench, program, device, *link):
    own(bench, XDP_LINK, program, device, *link)


def link_id(path):
    # its exit status means nothing here
    shown = run("bpftool", "-j", "link", "show", "pinned", path, check=False)
    return json.loads(shown.stdout)["id"]


def test_a_netlink_program_is_named(bench):
    device = bench.device()
    own(bench, "ip", "link", "set", device, "xdp", "obj", OBJECTS / "verdict-0.o", "sec", "xdp")
    number = program_id(bench, device)
    assert refusal(bench, device) == \
        f"the XDP program 'verdict' (id {number}), attached by netlink"


def test_skb_mode_is_reported(bench):
    device = bench.device()
    own(bench, "ip", "link", "set", device, "xdpgeneric", "obj", OBJECTS / "verdict-0.o", "sec",
        "xdp")
    number = program_id(bench, device)
    assert refusal(bench, device) == \
        f"the XDP program 'verdict' (id {number}) in skb mode, attached by netlink"


def test_the_long_name_and_the_pin_of_a_netlink_program_are_shown(bench):
    device = bench.device()
    with pinned_program(bench, "long_name") as program:
        own(bench, "ip", "link", "set", device, "xdp", "pinned", program)
        number = program_id(bench, device)
        assert refusal(bench, device) == \
            f"the XDP program 'a_name_that_the_kernel_cuts' (id {number}), attached by netlink, " \
            f"pinned at {program}"


def test_a_pinned_link_is_shown(bench):
    device = bench.device()
    with pinned_program(bench) as program:
        pin = program.with_name("link")
        attach_by_link(bench, program, device, pin)
        number = program_id(bench, device)
        assert refusal(bench, device) == \
            f"the XDP program 'verdict' (id {number}), attached by a link (id {link_id(pin)}) " \
            f"that is pinned at {pin}"


def test_the_process_that_holds_the_link_is_shown(bench):
    if UNIT:
        bench.skip("the unit has no CAP_SYS_PTRACE to look into processes with")
    device = bench.device()
    with pinned_program(bench) as program:
        holder = subprocess.Popen(["nsenter", f"--net=/run/netns/{bench.netns}", XDP_LINK,
                                   program, device], stdout=subprocess.PIPE, text=True)
        try:
            assert holder.stdout.readline() == "ready\n"
            program.unlink()
            number = program_id(bench, device)
            said = refusal(bench, device)
        finally:
            holder.kill()
            holder.communicate()
    assert re.fullmatch(rf"the XDP program 'verdict' \(id {number}\), attached by a link "
                        rf"\(id \d+\), held by pid {holder.pid} \(mytool\)", said), said


def test_a_link_on_a_device_of_the_same_index_elsewhere_is_not_confused(bench):
    for netns in (bench.netns, bench.peer):
        bench.inside(netns, "ip", "link", "add", "twin", "index", "7777", "type", "veth", "peer",
                     "name", "other")
    with pinned_program(bench) as program:
        pins = [program.with_name(name) for name in ("ours", "theirs")]
        attach_by_link(bench, program, "twin", pins[0])
        bench.inside(bench.peer, XDP_LINK, program, "twin", pins[1])
        said = refusal(bench, "twin")
        assert re.fullmatch(rf"the XDP program 'verdict' \(id \d+\), attached by a link, pinned "
                            rf"at {program}", said), said


def test_dispatchers_of_all_versions_are_read(bench):
    for version in (1, 2, 3):
        device = bench.device()
        with pinned_program(bench, f"dispatcher-{version}") as program:
            own(bench, "ip", "link", "set", device, "xdp", "pinned", program)
            number = program_id(bench, device)
            assert refusal(bench, device) == \
                f"a dispatcher like libxdp's (id {number}), pinned at {program}, with 2 " \
                "programs: one with priority 10, one with priority 20"


def test_dispatcher_of_an_unknown_version_is_a_program(bench):
    device = bench.device()
    with pinned_program(bench, "dispatcher-4") as program:
        own(bench, "ip", "link", "set", device, "xdp", "pinned", program)
        assert refusal(bench, device).startswith("the XDP program 'xdp_dispatcher' (id ")


def test_programs_of_a_dispatcher_are_named_by_their_pins(bench):
    device = bench.device()
    with pinned_program(bench, "dispatcher-2") as program:
        own(bench, "ip", "link", "set", device, "xdp", "pinned", program)
        program.unlink()
        number = program_id(bench, device)
        directory = LIBXDP / f"dispatch-{index_of(bench, device)}-{number}"
        directory.mkdir(parents=True)
        try:
            for place, name in enumerate(("long_name", "verdict-0")):
                run("bpftool", "prog", "load", OBJECTS / f"{name}.o",
                    directory / f"prog{place}-prog", "type", "xdp")
            said = refusal(bench, device)
        finally:
            run("find", directory, "-depth", "-delete")
        assert said == \
            f"libxdp's dispatcher (id {number}) with 2 programs: 'a_name_that_the_kernel_cuts' " \
            "(priority 10), 'verdict' (priority 20)"


@contextmanager
def loaded_by_libxdp(bench, device, *loads, **environment):
    """xdp-loader loads each of them; at the end it unloads all of them."""
    try:
        for arguments in loads:
            bench.inside(bench.netns, "xdp-loader", "load", device, *arguments,
                         env={**os.environ, **environment})
        yield
    finally:
        own(bench, "xdp-loader", "unload", device, "--all")


def dispatcher_id(bench, device):
    """Without extensions libxdp attaches a single program, without a dispatcher."""
    number = program_id(bench, device)
    if not (LIBXDP / f"dispatch-{index_of(bench, device)}-{number}").exists():
        bench.skip("libxdp makes no dispatcher on this kernel")
    return number


def index_of(bench, device):
    return json.loads(own(bench, "ip", "-j", "link", "show", device))[0]["ifindex"]


def test_dispatcher_with_one_program(bench):
    device = bench.device()
    with loaded_by_libxdp(bench, device, ["-P", 33, OBJECTS / "long_name.o"]):
        number = dispatcher_id(bench, device)
        assert refusal(bench, device) == \
            f"libxdp's dispatcher (id {number}) with 1 program: 'a_name_that_the_kernel_cuts' " \
            "(priority 33)"


def test_dispatcher_with_several_programs(bench):
    device = bench.device()
    with loaded_by_libxdp(bench, device, ["-P", 20, OBJECTS / "verdict-0.o"]):
        dispatcher_id(bench, device)
        own(bench, "xdp-loader", "load", device, "-P", "10", OBJECTS / "long_name.o")
        own(bench, "xdp-loader", "load", device, "-P", "30", "-m", "native",
            OBJECTS / "kind-plain.o")
        number = dispatcher_id(bench, device)
        assert refusal(bench, device) == \
            f"libxdp's dispatcher (id {number}) with 3 programs: 'a_name_that_the_kernel_cuts' " \
            "(priority 10), 'verdict' (priority 20), 'kind' (priority 30)"


def test_dispatcher_whose_pins_are_gone(bench):
    device = bench.device()
    with loaded_by_libxdp(bench, device, ["-P", 33, OBJECTS / "verdict-0.o"]):
        number = dispatcher_id(bench, device)
        directory = LIBXDP / f"dispatch-{index_of(bench, device)}-{number}"
        (directory / "prog0-prog").unlink()
        assert refusal(bench, device) == \
            f"a dispatcher like libxdp's (id {number}) with 1 program: one with priority 33"
        run("find", directory, "-depth", "-delete")


def test_program_that_libxdp_attached_without_a_dispatcher(bench):
    device = bench.device()
    with loaded_by_libxdp(bench, device, [OBJECTS / "verdict-0.o"], LIBXDP_SKIP_DISPATCHER="1"):
        number = program_id(bench, device)
        assert refusal(bench, device) == \
            f"the XDP program 'verdict' (id {number}), attached by netlink"
