# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The filters of xdp-tools from the distribution, with their run configuration and their maps."""
import json
import os
from pathlib import Path

from harness import BUILD, PATIENCE, SCALE, run

FILTERS = ["xdpfilt_alw_ip", "xdpfilt_alw_tcp", "xdpfilt_alw_udp"]
MAPS = ["filter_ethernet", "filter_ipv4", "filter_ipv6", "filter_ports", "xdp_stats_map"]
PINS = [Path("/sys/fs/bpf") / name for name in MAPS]
HERE, THERE = "10.9.0.1", "10.9.0.2"


def object_of(name):
    return next(Path("/usr/lib").glob(f"*/bpf/{name}.o"), None)


def gets_through(bench):
    return bench.inside(bench.peer, "ping", "-q", "-c", "1", "-W", "1", HERE,
                        check=False).returncode == 0


def filters_in_a_chain(bench):
    """Attach the filters; blocked addresses are in a map that is pinned by its name."""
    device = bench.device()
    for netns, address in ((bench.netns, HERE), (bench.peer, THERE)):
        run("ip", "-n", netns, "addr", "add", f"{address}/24", "dev", device)
    for name in FILTERS:
        assert "can be attached" in run(BUILD / "cli/xdpctl", "inspect", object_of(name)).stdout
        bench.xdpctl("attach", object_of(name), "--dev", device)
    return device


def check_they_filter(bench, device):
    assert [entry["name"] for entry in bench.chain(device)] == FILTERS
    assert {entry["priority"] for entry in bench.chain(device)} == {10}, "their XDP_RUN_CONFIG"
    assert gets_through(bench)
    # As 'xdp-filter ip 10.9.0.2 -m src' writes it.
    run("bpftool", "map", "update", "pinned", "/sys/fs/bpf/filter_ipv4", "key", *THERE.split("."),
        "value", *"10000000")
    assert not gets_through(bench)
    counters = [entry["counters"] for entry in bench.chain(device)]
    assert counters[0]["terminate"]["drop"] > 0, counters
    assert sum(sum(entry["terminate"].values()) for entry in counters[1:-1]) == 0, counters


def check_they_change(bench, device):
    """Replace a filter with one that does more, and move it, while packets pass."""
    count = int(5000 * SCALE) + 2000
    receiver = bench.receiver(device, count)
    sender = bench.sender(device, count)
    bench.xdpctl("replace", FILTERS[0], object_of("xdpfilt_alw_all"), "--dev", device)
    bench.xdpctl("move", FILTERS[2], "--dev", device, "--before", FILTERS[0])
    bench.xdpctl("detach", FILTERS[1], "--dev", device)
    path = bench.directory / "chains.json"
    path.write_text(bench.xdpctl("export", "--objects", bench.directory / "objects"))
    bench.xdpctl("release", "--dev", device)
    bench.xdpctl("apply", path)
    bench.xdpctl("plan", "--check", path)
    assert sender.wait(PATIENCE) == 0 and receiver.result() == count
    assert bench.names(device) == [FILTERS[2], FILTERS[0]]
    assert not gets_through(bench), "what is blocked is in a map that stays"


def check_they_are_shown(bench, device):
    number = json.loads(run("bpftool", "-j", "map", "show", "pinned", PINS[1]).stdout)["id"]
    shown = {entry["name"]: entry["id"] for entry in bench.chain(device)[1]["maps"]}
    assert shown["filter_ipv4"] == number, shown
    assert "filter_ipv4" in bench.xdpctl("maps", FILTERS[0])
    assert "filter_ports" in bench.xdpctl("graph") and "svg" not in bench.xdpctl("graph", "--dot")
    assert f"chain of {device}" in bench.xdpctl("why", FILTERS[0])
    assert "everything" in bench.xdpctl("verify")


def test_the_filters_of_xdp_tools_run_together_and_are_upgraded(bench):
    if not all(object_of(name) for name in [*FILTERS, "xdpfilt_alw_all"]):
        bench.skip("the filters of xdp-tools are not installed")
    if any(pin.exists() for pin in PINS):
        bench.skip("somebody uses the filters of xdp-tools on this machine")
    try:
        device = filters_in_a_chain(bench)
        check_they_filter(bench, device)
        check_they_change(bench, device)
        check_they_are_shown(bench, device)
    finally:
        for pin in PINS:
            if pin.exists():
                os.unlink(pin)
