# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Every kind of object runs, and treats packets as its source says."""
import json
import os
import subprocess

from harness import OBJECTS, VERDICTS, run, wait_for


def decides(bench, name, *arguments):
    """The component, between two others, decides by the first byte of a packet."""
    device = bench.device()
    bench.attach("verdict-1", "--dev", device, "--prio", 1, "--name", "first")
    bench.attach(name, "--dev", device, "--prio", 50, "--name", "tested", "--proceed-on", "pass",
                 *arguments)
    bench.attach("verdict-2", "--dev", device, "--prio", 90, "--name", "last")
    passing = bench.receiver(device, 6)
    bench.send(device, 6, 2, 2, 2)
    bench.send(device, 5, 1, 2, 2)
    bench.send(device, 4, 2, 2, 1)
    assert passing.result() == 6
    tested, last = bench.chain(device)[1:]
    assert tested["counters"]["run"] == 15, tested
    assert tested["counters"]["proceed"] == 10, tested
    assert tested["counters"]["terminate"]["drop"] == 5, tested
    assert last["counters"]["terminate"]["drop"] == 4, last
    bench.xdpctl("detach", "--all", "--release", "--dev", device)


def kind(name, since=None):
    def test(bench):
        if since and bench.kernel_older(*since):
            bench.skip(f"kernels have this from {since[0]}.{since[1]} on")
        decides(bench, f"kind-{name}")
    return test


test_plain_component = kind("plain")
test_context_declared_as_a_void_pointer = kind("void_context")
test_object_without_type_information = kind("no_btf")
test_object_without_type_information_that_calls_functions = kind("no_btf_calls")
test_section_xdp_frags = kind("section-xdp_frags")
test_section_xdp_slash_name = kind("section-xdp_mine")
test_section_freplace = kind("section-freplace_xdp_dispatcher")
test_section_of_the_old_kind = kind("section-xdp_old")
test_static_subprograms = kind("static_subprogram")
test_global_subprogram = kind("global_subprogram")
test_maps_of_all_kinds = kind("maps")
test_global_data = kind("global_data")
test_core_relocation = kind("core")
test_component_that_moves_packet_pointers = kind("adjust")
test_component_with_much_stack = kind("stack")
test_callback_of_bpf_loop = kind("loop", since=(5, 17))
test_timer = kind("timer", since=(5, 15))
test_proprietary_license = kind("proprietary")


test_tail_call_to_a_program_of_the_object = kind("tail_call")


def test_function_of_a_kernel_module_is_called(bench):
    if subprocess.run(["modprobe", "nf_flow_table"], check=False, stderr=subprocess.DEVNULL).returncode:
        bench.skip("this kernel has no module nf_flow_table")
    if bench.kernel_older(6, 11):
        bench.skip("the module has a function for XDP programs from 6.11 on")
    decides(bench, "kind-module_function")
    # Two of them in one chain, also after a restart of the daemon.
    device = bench.device()
    bench.attach("kind-module_function", "--dev", device, "--name", "first")
    bench.attach("kind-module_function", "--dev", device, "--name", "second")
    bench.daemons[0].kill()
    bench.daemons[0].start()
    bench.attach("verdict-1", "--dev", device, "--name", "last", "--prio", 90)
    assert wait_for(lambda: bench.status()[0]["linker"] == "fused" or
                    json.loads(bench.xdpctl("features", "--json"))["linker"] == "freplace")
    bench.send(device, 3, 2, 1)
    assert [c["counters"]["run"] for c in bench.chain(device)] == [3, 3, 3]


def test_tail_call_in_an_object_for_frags(bench):
    device = bench.device()
    bench.attach("kind-frags_tail_call", "--dev", device)
    bench.send(device, 3, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 3


def test_pinned_map_is_shared_by_name(bench):
    daemon = bench.daemon()
    device = bench.device()
    bench.attach("kind-pinned_map", "--dev", device)
    (entry,) = bench.chain(device)[0]["maps"]
    pinned = run("bpftool", "-j", "map", "show", "pinned", "/sys/fs/bpf/xdpd_test_pinned",
                 check=False)
    try:
        assert f'"id":{entry["id"]}' in pinned.stdout, pinned.stdout + pinned.stderr
        bench.attach("kind-pinned_map", "--dev", device, "--name", "again")
        assert bench.chain(device)[1]["maps"][0]["id"] == entry["id"]
    finally:
        run("rm", "-f", "/sys/fs/bpf/xdpd_test_pinned")
    assert daemon.process.poll() is None


def test_a_map_is_pinned_by_name_only_when_the_change_takes_effect(bench):
    device, other = bench.device(), bench.device()
    place = "/sys/fs/bpf/xdpd_test_pinned"
    chains = bench.directory / "chains.json"

    def wants(*kinds):
        chains.write_text(json.dumps({"devices": [
            {"name": device, "components": [
                {"object": str(OBJECTS / f"{kind}.o"), "name": kind} for kind in kinds]},
            {"name": other, "components": []}]}))
        return chains

    try:
        bench.xdpctl("plan", wants("kind-pinned_map"))
        assert not os.path.exists(place), "a plan changes nothing"
        bench.xdpctl("apply", wants("kind-pinned_map", "bad-verifier"), expect=1)
        assert not os.path.exists(place), "nor does what is refused"
        bench.xdpctl("apply", wants("kind-pinned_map"))
        number = bench.chain(device)[0]["maps"][0]["id"]
        bench.xdpctl("plan", wants("kind-pinned_map", "bad-verifier"), expect=1)
        bench.attach("kind-pinned_map", "--dev", other, "--dev", "nosuch", expect=1)
        bench.daemons[0].stop()
        bench.daemons[0].start()
        bench.xdpctl("detach", "--all", "--dev", device)
        # As with any loader.
        assert json.loads(run("bpftool", "-j", "map", "show", "pinned", place).stdout)["id"] == number
    finally:
        run("rm", "-f", place)


def test_a_different_map_of_the_same_name_is_refused(bench):
    device = bench.device()
    place = "/sys/fs/bpf/xdpd_test_pinned"
    run("bpftool", "map", "create", place, "type", "array", "key", "4", "value", "4", "entries", "1",
        "name", "another")
    try:
        said = bench.attach("kind-pinned_map", "--dev", device, expect=1)
        run("rm", said.split("'rm ")[1].split("'")[0])
        bench.attach("kind-pinned_map", "--dev", device)
    finally:
        run("rm", "-f", place)
    assert f"kind-pinned_map.o cannot be loaded (EINVAL): the map pinned at {place} differs from the one it " \
        "declares under that name (the pinned map has value size 4, the object 8); if nothing else needs that " \
        "map" in said, said


def test_frags_chain_runs_on_a_large_mtu_and_others_are_refused_by_name(bench):
    if bench.kernel_older(5, 18):
        bench.skip("the kernel has multi-buffer XDP from 5.18 on")
    device = bench.device(mtu=9000)
    bench.attach("kind-section-xdp_frags", "--dev", device, "--name", "large")
    refusal = bench.attach("kind-plain", "--dev", device, "--name", "small", expect=1)
    assert "'small'" in refusal and "9000" in refusal, refusal
    assert f"release {device} and attach all of its chain with --mode skb" in refusal, refusal
    assert bench.names(device) == ["large"]
    bench.send(device, 2, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 2


def test_the_kernels_own_reason_is_shown(bench):
    device = bench.device(mtu=9000)
    sentence = bench.attach("kind-plain", "--dev", device, expect=1)
    assert "the MTU is 9000" in sentence and "(the kernel says: " in sentence, sentence
    assert "in skb mode (--mode skb)" in sentence, sentence
    assert bench.inside(bench.netns, "ip", "-j", "link", "show", device).stdout.count("xdp") == 0
    assert "skb mode" in bench.attach("kind-plain", "--dev", device, "--mode", "skb")
    bench.send(device, 2, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 2


def test_the_mtu_of_a_peer_is_a_reason_with_the_same_advice(bench):
    device = bench.device()
    run("ip", "-n", bench.peer, "link", "set", device, "mtu", 9000)
    advice = "in skb mode (--mode skb), which is slower, any MTU works"
    sentence = bench.attach("kind-plain", "--dev", device, expect=1)
    assert "'kind' does not accept multi-buffer packets" in sentence and advice in sentence, sentence
    assert "the MTU is" not in sentence, sentence  # its own is small
    if bench.kernel_older(5, 18):
        return
    bench.attach("kind-section-xdp_frags", "--dev", device)
    sentence = bench.attach("kind-plain", "--dev", device, "--name", "small", expect=1)
    assert "'small' does not accept multi-buffer packets" in sentence, sentence
    assert f"release {device} and attach all of its chain with --mode skb" in sentence, sentence


def test_a_plan_warns_of_a_chain_that_a_driver_will_refuse(bench):
    if bench.kernel_older(6, 3):
        bench.skip("whether a driver has native XDP is unknown before 6.3")
    device = bench.device(mtu=9000)
    path = bench.directory / "chains.json"

    def plan(name, **more):
        path.write_text(json.dumps({"devices": [{"name": device, **more, "components": [
            {"object": str(OBJECTS / f"{name}.o"), "name": "fw"}]}]}))
        return bench.xdpctl("plan", path)

    warning = "warning: 'fw' does not accept multi-buffer packets (its section is not xdp.frags), but the MTU is 9000"
    assert warning in plan("kind-plain")
    assert "'fw' does not accept multi-buffer packets" in bench.xdpctl("apply", path, expect=1)
    assert "warning" not in plan("kind-plain", mode="skb")
    assert "warning" not in plan("kind-section-xdp_frags")
    bench.xdpctl("apply", path)
    assert warning in plan("kind-plain")


def test_object_on_many_devices_is_loaded_once(bench):
    devices = [bench.device() for _ in range(3)]
    bench.attach("kind-maps", "--dev", devices[0], "--dev", devices[1])
    bench.attach("kind-maps", "--dev", devices[2])
    ids = {bench.chain(device)[0]["prog_id"] for device in devices}
    assert len(ids) == 1, ids
    bench.attach("kind-maps", "--dev", devices[0], "--name", "second")
    first, second = bench.chain(devices[0])
    assert first["prog_id"] != second["prog_id"]


def test_all_verdicts_pass_through_and_an_invalid_one_becomes_aborted(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--proceed-on", "none")
    for value in [*range(5), 31, 77, 255]:
        bench.send(device, value + 1, value)
    counters = bench.chain(device)[0]["counters"]
    expected = dict(zip(VERDICTS, range(1, 6)))
    expected["aborted"] += 32 + 78 + 256
    assert counters["terminate"] == expected, counters
    assert counters["proceed"] == 0
