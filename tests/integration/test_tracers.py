# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Tracing programs (fentry, fexit) of others and the chain that they trace do not disturb each other."""
import contextlib
import json
import re
import shutil
import signal
import subprocess

from harness import BUILD, OBJECTS, PATIENCE, UNIT, wait_for

TRACER = BUILD / "tests/integration/tracer"
QUIET = 15  # seconds until a chain is fused: enough to start a tracer, also under emulation


@contextlib.contextmanager
def tracer(program, function):
    """Traces that function until the block ends; yields the kernel's answer."""
    with subprocess.Popen([TRACER, str(program), function], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.stdin.close()


def state(bench, device):
    return next(state for state in bench.status() if state["ifname"] == device)


def tiered(bench, quiet):
    features = json.loads(bench.xdpctl("features", "--json", daemon=bench.daemon("probe")))["features"]
    if not any(feature["name"] == "freplace" and feature["available"] for feature in features):
        bench.skip("the kernel has no freplace")
    bench.daemons.pop().stop()
    return bench.daemon("d", "--linker", "tiered", "--fuse-after", quiet)


def test_a_chain_that_is_traced_is_not_fused_until_the_tracer_ends(bench):
    if bench.kernel_older(5, 13):
        bench.skip("the kernel does not report what a tracer is attached to before 5.13")
    tiered(bench, QUIET)
    device = bench.device()
    for target in ("rootlet", "component"):
        bench.attach("kind-plain", "--dev", device, "--name", "fw")
        before = state(bench, device)
        program, function = {"rootlet": (before["rootlet"]["prog_id"], "xdpd_rootlet"),
                             "component": (before["components"][0]["prog_id"], "kind")}[target]
        with tracer(program, function) as (answer, pid):
            assert answer == "attached", answer
            assert wait_for(lambda: "traced" in state(bench, device)["components"][0]["why"], 12 * QUIET)
            during = state(bench, device)
            assert during["linker"] == "freplace" and during["rootlet"] == before["rootlet"], during
            why = during["components"][0]["why"]
            of_process = "" if UNIT else rf" of tracer \(PID {pid}\)"
            assert re.search(rf"program {program} is traced by the program '\w+' \(id \d+\){of_process}", why), why
            assert f"not fused: {why}" in bench.xdpctl("status", "--dev", device)
            bench.send(device, 3, 1)
        assert wait_for(lambda: state(bench, device)["linker"] == "fused", 12 * QUIET), bench.chain(device)
        assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 3
        bench.xdpctl("detach", "--all", "--release", "--dev", device)


def test_a_slot_with_a_component_cannot_be_traced_but_the_component_can(bench):
    tiered(bench, 1000)
    device = bench.device()
    bench.attach("kind-plain", "--dev", device, "--name", "fw")
    running = state(bench, device)
    with tracer(running["rootlet"]["prog_id"], "slot_0") as (answer, _):
        assert answer == "EBUSY", answer
    with tracer(running["components"][0]["prog_id"], "kind") as (answer, _):
        assert answer == "attached", answer
        # A chain can be changed while it is traced.
        said = bench.attach("verdict-1", "--dev", device, "--name", "next", "--prio", 60)
        assert "traces" not in said, "the component still runs"
        bench.send(device, 3, 2, 1)
        assert [c["counters"]["run"] for c in bench.chain(device)] == [3, 3]


def test_a_change_says_that_a_tracer_must_be_started_again(bench):
    if bench.kernel_older(5, 13):
        bench.skip("the kernel does not report what a tracer is attached to before 5.13")
    tiered(bench, 1000)
    device = bench.device()
    bench.attach("kind-plain", "--dev", device, "--name", "fw")

    def check(program, function, *change):
        """The change is made while that function is traced."""
        with tracer(program, function) as (answer, pid):
            assert answer == "attached", answer
            of_process = "" if UNIT else rf" of tracer \(PID {pid}\)"
            said = bench.xdpctl(*change, "--dev", device)
            assert re.search(rf"program {program}, which the program '\w+' \(id \d+\){of_process} traces, no longer "
                             "runs; start the tracer again", said), said

    check(state(bench, device)["rootlet"]["prog_id"], "xdpd_rootlet", "attach", OBJECTS / "verdict-1.o", "--name", "next",
          "--prio", 60)
    bench.xdpctl("set", "next", "--prio", 61, "--dev", device)  # no tracer, no word about one
    check(state(bench, device)["components"][0]["prog_id"], "kind", "replace", "fw", OBJECTS / "kind-maps.o")
    check(state(bench, device)["rootlet"]["prog_id"], "xdpd_rootlet", "release")


def test_a_slot_that_is_traced_cannot_get_a_component(bench):
    with subprocess.Popen([BUILD / "tests/integration/busy-slot", OBJECTS / "kind-plain.o"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as linker:
        rootlet = linker.stdout.readline().strip()
        if not rootlet:
            assert linker.wait() == 77
            bench.skip("the kernel has no freplace")

        def link():
            linker.stdin.write("\n")
            linker.stdin.flush()
            return linker.stdout.readline().strip()

        with tracer(rootlet, "slot_0") as (answer, pid):
            assert answer == "attached", answer
            text = link()
            assert text.startswith("the kernel refused to link 'kind' into the rootlet (EBUSY)"), text
            if not bench.kernel_older(5, 13):  # before, it does not report what a tracer is attached to
                assert re.search(rf"because the program 'test_tracer' \(id \d+\) of tracer \(PID {pid}\) traces", text)
        # The kernel detaches a tracer some time after its process has ended.
        assert wait_for(lambda: link() == "linked")
        linker.stdin.close()


def test_stock_xdpdump_sees_the_packets_of_a_chain(bench):
    xdpdump = shutil.which("xdpdump")
    if not xdpdump:
        bench.skip("there is no xdpdump here")
    if bench.kernel_older(5, 13):
        bench.skip("the kernel does not report what a tracer is attached to before 5.13")
    quiet = 3 * QUIET  # it loads more programs than the tracer
    tiered(bench, quiet)
    device = bench.device()
    bench.attach("kind-plain", "--dev", device, "--name", "fw")
    captured = bench.directory / "captured.pcap"
    with subprocess.Popen(["nsenter", f"--net=/run/netns/{bench.netns}", xdpdump, "-i", device, "-w", captured,
                           "--rx-capture", "entry"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as dump:
        try:
            assert any("listening on" in line for line in dump.stdout), "xdpdump ended"
            # The unit looks into no other process.
            named = "'trace_on_entry'" if UNIT else f"(PID {dump.pid})"
            assert wait_for(lambda: named in state(bench, device)["components"][0].get("why", ""),
                            12 * quiet), state(bench, device)
            bench.send(device, 5, 1)
            assert state(bench, device)["linker"] == "freplace"
        finally:
            dump.send_signal(signal.SIGINT)
            said = dump.communicate(timeout=PATIENCE)[0]
    assert captured.stat().st_size > 5 * 60, said
    assert wait_for(lambda: state(bench, device)["linker"] == "fused", 12 * quiet), bench.chain(device)
