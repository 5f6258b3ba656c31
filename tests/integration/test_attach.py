# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The options of attach and detach, and how status shows them."""
import json

from harness import OBJECTS


def test_priority_then_age_decides_the_order(bench):
    device = bench.device()
    for name, priority in (("b", 20), ("a", 20), ("first", 0), ("last", 65535)):
        bench.attach("verdict-0", "--dev", device, "--name", name, "--prio", priority)
    assert bench.names(device) == ["first", "b", "a", "last"]


def test_before_and_after_place_a_component_next_to_another(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "middle", "--prio", 30)
    bench.attach("verdict-0", "--dev", device, "--name", "front", "--before", "middle")
    bench.attach("verdict-0", "--dev", device, "--name", "back", "--after", "middle")
    assert bench.names(device) == ["front", "middle", "back"]
    refusal = bench.attach("verdict-0", "--dev", device, "--name", "x", "--before", "none", expect=1)
    assert "'none'" in refusal
    bench.attach("verdict-0", "--dev", device, "--name", "x", "--before", "middle", "--prio", 31,
                 expect=1)
    assert bench.names(device) == ["front", "middle", "back"]


def test_run_config_gives_priority_and_proceed_set(bench):
    device = bench.device()
    bench.attach("kind-run_config", "--dev", device)
    (component,) = bench.chain(device)
    assert (component["name"], component["priority"]) == ("kind", 7)
    assert component["proceed_on"] == ["pass", "tx"]
    bench.attach("kind-run_config", "--dev", device, "--name", "own", "--prio", 8, "--proceed-on",
                 "drop")
    assert bench.chain(device)[1]["priority"] == 8
    assert bench.chain(device)[1]["proceed_on"] == ["drop"]


def test_program_is_chosen_by_name(bench):
    device = bench.device()
    refusal = bench.attach("bad-two", "--dev", device, expect=1)
    assert "first" in refusal and "second" in refusal and "--prog" in refusal
    bench.attach("bad-two", "--dev", device, "--prog", "second")
    assert bench.chain(device)[0]["prog_name"] == "second"
    assert "'third'" in bench.attach("bad-two", "--dev", device, "--prog", "third", expect=1)


def test_an_unexpected_generation_is_refused(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a", "--expect-generation", 0)
    bench.attach("verdict-0", "--dev", device, "--name", "b", "--expect-generation", 1)
    refusal = bench.attach("verdict-0", "--dev", device, "--name", "c", "--expect-generation", 1,
                           expect=1)
    assert "generation 2" in refusal
    bench.xdpctl("detach", "a", "--dev", device, "--expect-generation", 1, expect=1)
    assert bench.names(device) == ["a", "b"]


def test_all_devices_or_none(bench):
    devices = [bench.device() for _ in range(3)]
    several = [word for device in devices for word in ("--dev", device)]
    bench.attach("verdict-0", "--dev", devices[2], "--name", "taken")
    before = bench.status()
    bench.attach("verdict-0", *several, "--name", "taken", expect=1)
    bench.attach("verdict-0", *several, "--dev", "nosuch0", "--name", "new", expect=1)
    assert bench.status() == before
    bench.attach("verdict-0", *several, "--name", "new")
    assert bench.names(devices[0]) == bench.names(devices[1]) == ["new"]
    assert bench.names(devices[2]) == ["taken", "new"]
    before = bench.status()
    bench.xdpctl("detach", "taken", *several, expect=1)
    assert bench.status() == before
    bench.xdpctl("detach", "new", *several)
    assert [bench.names(device) for device in devices] == [[], [], ["taken"]]


def test_a_failed_swap_rolls_back_the_others(bench):
    good, taken = bench.device(), bench.device()
    bench.attach("verdict-0", "--dev", good, "--name", "old")
    bench.inside(bench.netns, "ip", "link", "set", taken, "xdp", "obj", OBJECTS / "verdict-7.o",
                 "sec", "xdp")
    before = bench.status()
    refusal = bench.attach("verdict-1", "--dev", good, "--dev", taken, "--name", "new", expect=1)
    assert taken in refusal and "verdict" in refusal, refusal
    assert bench.status() == before
    bench.send(good, 3, 1, 1)
    assert bench.chain(good)[0]["counters"]["terminate"]["drop"] == 3


def test_an_emptied_device_stays_managed_until_released(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    bench.xdpctl("detach", "verdict", "--dev", device)
    (state,) = bench.status()
    assert state["components"] == [] and state["generation"] == 2
    assert bench.arrive(device, 3, 1) == 3
    shown = bench.inside(bench.netns, "ip", "-d", "link", "show", device).stdout
    assert f"id {state['rootlet']['prog_id']}" in shown, shown
    bench.xdpctl("detach", "--all", "--release", "--dev", device)
    assert bench.status() == []
    assert "prog/xdp" not in bench.inside(bench.netns, "ip", "-d", "link", "show", device).stdout
    bench.xdpctl("detach", "--all", "--dev", device, expect=1)


def test_release_detaches_all_and_gives_up_the_device(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    bench.attach("verdict-1", "--dev", device, "--name", "second")
    assert bench.xdpctl("release", "--dev", device) == \
        f"{device}: all components detached, device released\n"
    assert bench.status() == []
    said = bench.xdpctl("release", "--dev", device, expect=1)
    assert "xdpd does not manage" in said, said


def test_release_needs_an_empty_chain(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    bench.attach("verdict-0", "--dev", device, "--name", "b")
    assert "'b'" in bench.xdpctl("detach", "a", "--release", "--dev", device, expect=1)
    assert bench.names(device) == ["a", "b"]
    bench.xdpctl("detach", "a", "--dev", device)
    bench.xdpctl("detach", "b", "--release", "--dev", device)
    assert bench.status() == []


def test_status_has_all_names_of_the_interface(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device)
    (state,) = bench.status()
    assert {"ifname", "ifindex", "mode", "linker", "generation", "rootlet",
            "components"} <= state.keys()
    assert state["rootlet"].keys() >= {"prog_id", "link_id"}
    (component,) = state["components"]
    assert component.keys() >= {"name", "priority", "proceed_on", "prog_id", "prog_name", "slot",
                                "object", "maps", "counters"}
    assert component["object"].startswith("sha256:") and len(component["object"]) == 71
    assert {"a_hash", "a_devmap", "an_outer_map"} <= {entry["name"] for entry in component["maps"]}
    assert component["counters"].keys() == {"run", "proceed", "overruled", "terminate"}
    assert list(component["counters"]["terminate"]) == ["aborted", "drop", "pass", "tx",
                                                        "redirect"]
    assert state["mode"] == "native"


def test_only_the_named_device_is_shown(bench):
    device, other = bench.device(), bench.device()
    bench.attach("verdict-0", "--dev", device, "--dev", other)
    narrowed = bench.xdpctl("status", "--dev", other)
    assert f"{other}:" in narrowed and f"{device}:" not in narrowed
    bench.xdpctl("status", "--dev", "nosuch0", expect=1)


def test_features_fit_a_hundred_columns(bench):
    assert max(map(len, bench.xdpctl("features").splitlines())) <= 100


def test_results_as_json(bench):
    device = bench.device()
    result = json.loads(bench.attach("verdict-0", "--dev", device, "--json"))["results"]
    assert result[0]["ifname"] == device and result[0]["generation"] == 1
    assert result[0]["name"] == "verdict" and result[0]["mode"] == "native"


def test_usage_errors(bench):
    device = bench.device()
    some = OBJECTS / "verdict-0.o"
    for arguments in (["attach", some], ["attach", "--dev", device], ["nonsense"], [],
                      ["attach", some, "--dev", device, "--prio", "65536"],
                      ["attach", some, "--dev", device, "--prio", "-1"],
                      ["attach", some, "--dev", device, "--prio", "ten"],
                      ["attach", some, "--dev", device, "--proceed-on", "pass,maybe"],
                      ["attach", some, "--dev", device, "--mode", "fast"],
                      ["attach", some, "--dev", device, "--before", "a", "--after", "b"],
                      ["attach", some, some, "--dev", device],
                      ["attach", some, "--dev"], ["attach", some, "--nonsense"],
                      ["detach", "--dev", device], ["detach", "a", "--all", "--dev", device],
                      ["export", "operand"]):
        bench.xdpctl(*arguments, expect=2)
    for arguments in (["--help"], ["--version"], ["attach", "--help"], ["status", "-h"]):
        assert bench.xdpctl(*arguments)
