# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Functions that a policy offers to the components in its slots; the chain is one program, so that they can call them."""
import json
import struct

from harness import OBJECTS, run
from test_packet_test import capture, frame as wish_frame
from test_policy import EXAMPLES, frame, policy, states, tcp, verdict


def path(name):
    return OBJECTS / f"offers-{name}.o"


def set_policy(bench, device, name="policy", *arguments, **more):
    return bench.xdpctl("policy", "set", path(name), "--dev", device, *arguments, **more)


def attach(bench, device, name, slot, **more):
    return bench.attach(f"offers-{name}", "--dev", device, "--name", name, "--slot", slot, **more)


def both_filled(bench, *arguments):
    device = bench.device()
    set_policy(bench, device, *arguments)
    attach(bench, device, "first", "first")
    attach(bench, device, "second", "second")
    return device


def parsed(bench, device):
    """How many packets the policy has parsed."""
    program = json.loads(run("bpftool", "-j", "prog", "show", "id", policy(bench, device)["prog_id"]).stdout)
    maps = [json.loads(run("bpftool", "-j", "map", "show", "id", number).stdout) for number in program["map_ids"]]
    (number,) = [shown["id"] for shown in maps if shown["name"] == "parsed"]
    (entry,) = json.loads(run("bpftool", "-j", "map", "dump", "id", number).stdout)
    entry = entry["formatted"]
    return sum(one["value"] for one in entry["values"]) if "values" in entry else entry["value"]


def test_two_components_use_what_the_policy_parsed_once(bench):
    device = both_filled(bench)
    assert bench.arrive(device, 4, 2, 2) == 4
    assert bench.arrive(device, 3, 1, 2) == 0
    assert bench.arrive(device, 2, 2, 1) == 0
    assert parsed(bench, device) == 9
    assert bench.map_value(bench.chain(device)[1], "seen") == 6
    assert "as it should be" in bench.xdpctl("verify")
    bench.xdpctl("detach", "first", "--dev", device)
    assert bench.arrive(device, 3, 1, 2) == 3 and bench.arrive(device, 2, 2, 1) == 0


def test_a_library_of_the_policy_provides_the_function(bench):
    device = both_filled(bench, "linked", "--link", path("library"))
    assert bench.arrive(device, 2, 2, 2) == 2
    assert bench.arrive(device, 2, 1, 2) == 0 and bench.arrive(device, 2, 2, 1) == 0
    assert parsed(bench, device) == 6


def test_what_is_needed_and_offered_is_shown(bench):
    device = both_filled(bench)
    assert {offer["name"]: offer["components"] for offer in policy(bench, device)["offers"]} == {
        "bpf_packet_parser": ["first"], "copy_wish": ["second"]}
    text = bench.xdpctl("policy", "show")
    assert "offers struct wish *bpf_packet_parser(struct xdp_md *ctx): used by first" in text, text
    assert bench.chain(device)[1]["needs"] == ["copy_wish"]
    assert "second calls functions of the policy: copy_wish" in bench.xdpctl("status")
    bench.xdpctl("detach", "first", "--dev", device)
    assert "(struct xdp_md *ctx): not used" in bench.xdpctl("policy", "show")


def test_inspect_compares_what_is_needed_with_what_is_offered(bench):
    def inspect(name, against=None, slot="first", expect=0):
        words = ["--policy", path(against), "--slot", slot] if against else []
        done = bench.try_xdpctl("inspect", path(name), *words)
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout

    assert "needs struct wish *bpf_packet_parser(struct xdp_md *ctx) of its policy" in inspect("first", "policy")
    text = inspect("policy")
    assert "offers struct wish *bpf_packet_parser(struct xdp_md *ctx) to components, as a policy" in text, text
    inspect("second", "policy", "second")
    text = inspect("first", expect=1)
    assert "'obeys_first' needs the function 'bpf_packet_parser' of a policy" in text and "--slot" in text, text
    text = inspect("first", "silent", expect=1)
    assert "'obeys_first' needs the function 'bpf_packet_parser', which offers-silent.o does not offer" in text, text
    text = inspect("first", "larger", expect=1)
    assert "its result points to a 'struct wish' of 3 bytes, but that of the policy's function to one of 16" in text


def test_the_chain_is_fused_at_once(bench):
    device = both_filled(bench)
    assert {component["join"] for component in bench.chain(device)} == {"called"}
    first = bench.chain(device)[0]
    if "no_extension" in first:  # the linker has extensions
        assert "'bpf_packet_parser'" in first["no_extension"], first


def test_components_without_a_policy_that_offers_the_function_are_refused(bench):
    device = bench.device()
    text = bench.attach("offers-first", "--dev", device, expect=1)
    assert f"{device}: 'obeys_first' needs the function 'bpf_packet_parser', which only a policy can offer" in text
    assert "'xdpctl policy set'" in text and "--slot" in text, text
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device)
    before = bench.status()
    text = bench.attach("offers-first", "--dev", device, "--slot", "xdp_firewall_placeholder", expect=1)
    assert "which the policy 'policy' does not offer (it offers no function)" in text, text
    assert bench.status() == before
    bench.xdpctl("release", "--dev", device)
    set_policy(bench, device, "silent")
    text = attach(bench, device, "first", "first", expect=1)
    assert "has a function of that name, but does not offer it" in text and "XDPD_OFFER" in text, text
    set_policy(bench, device)
    text = attach(bench, device, "needs_uncalled", "first", expect=1)
    assert "its program does not call it" in text, text
    set_policy(bench, device, "larger")
    text = attach(bench, device, "first", "first", expect=1)
    assert "'bpf_packet_parser' is declared otherwise in the policy: its result points to a 'struct wish' of 3 bytes, " \
        "but that of the policy's function to one of 16" in text, text
    assert bench.names(device) == []


def test_a_policy_that_components_need_stays(bench):
    device = both_filled(bench)
    before = bench.status()
    for words, why in ((["clear"], "it needs a policy with its slot"),
                       (["set", path("silent")], "does not offer it"),
                       (["set", path("larger")], "is declared otherwise in the policy")):
        text = bench.xdpctl("policy", *words, "--dev", device, expect=1)
        assert "'first' (" in text and "'second' (" in text and why in text and "--park" in text, text
        assert bench.status() == before
    assert bench.arrive(device, 2, 1, 2) == 0
    set_policy(bench, device, "silent", "--park")
    assert states(bench, device) == {"first": "parked", "second": "parked"}
    assert bench.arrive(device, 2, 1, 1) == 2
    set_policy(bench, device)
    assert states(bench, device) == {"first": "running", "second": "running"}
    assert bench.arrive(device, 2, 1, 2) == 0 and bench.arrive(device, 2, 2, 1) == 0


def test_components_and_the_policy_survive_restarts_and_reboots(bench):
    device = both_filled(bench)
    daemon = bench.daemons[0]
    before = bench.status()
    daemon.stop()
    assert bench.arrive(device, 2, 1, 2) == 0 and bench.arrive(device, 2, 2, 2) == 2
    daemon.start()
    assert bench.status() == before
    # Linked again, from the objects in the store.
    bench.xdpctl("detach", "second", "--dev", device)
    assert bench.arrive(device, 2, 1, 2) == 0 and bench.arrive(device, 2, 2, 1) == 2
    daemon.stop()
    daemon.forget_the_kernel()
    bench.delete(device)
    bench.device(name=device)
    daemon.start()
    assert states(bench, device) == {"first": "running"}
    assert bench.arrive(device, 2, 1, 2) == 0 and bench.arrive(device, 2, 2, 1) == 2


def test_components_with_their_policy_are_exported_and_applied(bench):
    device = both_filled(bench)
    before = bench.xdpctl("export", "--objects", bench.directory / "kept")
    file = bench.directory / "chains.json"
    file.write_text(before)
    bench.xdpctl("release", "--dev", device)
    bench.xdpctl("apply", file)
    assert states(bench, device) == {"first": "running", "second": "running"}
    assert bench.arrive(device, 2, 1, 2) == 0 and bench.arrive(device, 2, 2, 1) == 0
    # The same with a policy that offers nothing.
    bench.xdpctl("release", "--dev", device)
    document = json.loads(before)
    document["devices"][0]["policy"]["object"] = str(path("silent"))
    file.write_text(json.dumps(document))
    text = bench.xdpctl("apply", file, expect=1)
    assert "devices[0].components[0]: 'obeys_first' needs the function 'bpf_packet_parser'" in text, text
    for component in document["devices"][0]["components"]:
        component["parked"] = True
    file.write_text(json.dumps(document))
    bench.xdpctl("apply", file)
    assert states(bench, device) == {"first": "parked", "second": "parked"}
    set_policy(bench, device)
    assert states(bench, device) == {"first": "running", "second": "running"}
    assert bench.arrive(device, 2, 1, 2) == 0 and bench.arrive(device, 2, 2, 1) == 0


def test_a_capture_runs_through_a_copy(bench):
    device = both_filled(bench)
    file = capture(bench, wish_frame(2, 2), wish_frame(1, 2), wish_frame(2, 1))
    trial, = json.loads(bench.xdpctl("test", "--dev", device, file, "--json"))["trials"]
    assert [packet["verdict"] for packet in trial["packets"]] == ["pass", "drop", "drop"], trial
    assert parsed(bench, device) == 0


def test_a_slot_can_take_a_pointer_to_a_structure(bench):
    device = bench.device()
    text = set_policy(bench, device, "pointing", expect=int(bench.kernel_older(5, 12)))
    if bench.kernel_older(5, 12):
        assert "by_wish() has a pointer as an argument that is not the context" in text, text
        return
    attach(bench, device, "by_wish", "by_wish")
    assert bench.arrive(device, 3, 0, 2) == 3 and bench.arrive(device, 2, 2, 1) == 0
    assert bench.quiet()
    assert bench.arrive(device, 3, 0, 2) == 3 and bench.arrive(device, 2, 2, 1) == 0
    bench.xdpctl("detach", "by_wish", "--dev", device)
    text = attach(bench, device, "by_larger_wish", "by_wish", expect=1)
    assert "its argument 1 points to a 'struct wish' of 16 bytes, but that of 'by_wish' to one of 3" in text, text


def test_the_example_works(bench):
    device = bench.device()
    bench.xdpctl("policy", "set", EXAMPLES / "policy_with_parser.bpf.o", "--dev", device)
    bench.xdpctl("attach", EXAMPLES / "block_port.bpf.o", "--dev", device, "--slot", "filter", "--set", "blocked=80")
    bench.xdpctl("attach", EXAMPLES / "count_sources.bpf.o", "--dev", device, "--slot", "account")
    udp = frame(17, struct.pack("!HHHH", 1, 2, 8, 0))
    packets = [tcp(80), tcp(443), udp, frame(1, bytes(8)), bytes(64)]
    assert [verdict(bench, device, data) for data in packets] == [1, 2, 2, 2, 2]
    count_sources = next(c for c in bench.chain(device) if c["name"] == "count_sources")
    (entry,) = json.loads(run("bpftool", "-j", "map", "dump", "id", count_sources["maps"][0]["id"]).stdout)
    assert entry["formatted"] == {"key": 0, "value": 2}, entry
    assert parsed(bench, device) == 5


def test_the_graph_has_the_calls_of_functions_of_the_policy(bench):
    device, other = bench.device(), bench.device()
    on_both = ["--dev", device, "--dev", other]
    bench.xdpctl("policy", "set", path("policy"), *on_both)
    for name in ("first", "second"):
        bench.attach(f"offers-{name}", *on_both, "--name", name, "--slot", name)

    def calls():
        found = json.loads(bench.xdpctl("graph", "--json"))
        nodes = {node["id"]: node["name"] for node in found["nodes"]}
        assert len({(edge["from"], edge["to"], edge["relation"]) for edge in found["edges"]}) == len(found["edges"])
        return sorted((nodes[edge["from"]], edge["relation"], nodes[edge["to"]]) for edge in found["edges"]
                      if edge["relation"] in ("calls", "offers"))

    assert set(calls()) == {
        ("obeys_first", "calls", "bpf_packet_parser"), ("obeys_second", "calls", "copy_wish"),
        ("offering", "offers", "bpf_packet_parser"), ("offering", "offers", "copy_wish")}
    (answer,) = json.loads(bench.xdpctl("why", "bpf_packet_parser", "--json"))["answers"]
    ways = {tuple(edge["relation"] for edge in way) for way in answer["chains"]}
    assert {("wants", "calls"), ("has policy", "offers")} <= ways, ways
    # What calls the function would be freed, but not the function: the policy still has it.
    assert {detached["name"] for detached in answer["detached"]} == {"first"}, answer
    assert answer["goes"] and answer["node"] not in answer["goes"], answer
    bench.xdpctl("detach", "first", *on_both)
    assert set(calls()) == {("obeys_second", "calls", "copy_wish"),
                            ("offering", "offers", "bpf_packet_parser"), ("offering", "offers", "copy_wish")}
    assert "calls" in bench.xdpctl("graph", "--dot")
