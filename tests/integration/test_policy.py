# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Policies, which are the user's own rootlets: their slots, the components in them, and changes under traffic."""
import json
import re
import shutil
import struct
import time

from harness import BUILD, OBJECTS, SCALE, TOP, run, wait_for

FIREWALL, LENGTH = "xdp_firewall_placeholder", "by_length"
EXAMPLES = BUILD / "examples"


def set_policy(bench, device, version=1, *arguments, **more):
    return bench.xdpctl("policy", "set", OBJECTS / f"policy-{version}.o", "--dev", device,
                        *arguments, **more)


def fill(bench, device, name, kind, slot, **more):
    return bench.attach(kind, "--dev", device, "--name", name, "--slot", slot, **more)


def policy(bench, device):
    (found,) = json.loads(bench.xdpctl("policy", "show", "--json", "--dev", device))["policies"]
    return found


def filled(bench, device):
    return {slot["name"]: slot.get("component") for slot in policy(bench, device)["slots"]}


def states(bench, device):
    return {component["name"]: component["state"] for component in bench.chain(device)}


def both_filled(bench):
    device = bench.device()
    set_policy(bench, device)
    fill(bench, device, "fw", "verdict-0", FIREWALL)
    fill(bench, device, "measure", "for_slot", LENGTH)
    return device


def test_slots_are_shown_with_their_signatures(bench):
    device = bench.device()
    set_policy(bench, device)
    shown = policy(bench, device)
    assert shown["prog_name"] == "policy" and shown["object"].startswith("sha256:")
    log = bench.daemons[0].log.read_text()
    assert f": policy 'policy', object {shown['object']}, {device} generation 1" in log, log
    assert {slot["name"]: slot["signature"] for slot in shown["slots"]} == {
        FIREWALL: f"int {FIREWALL}(struct xdp_md *ctx)",
        LENGTH: f"int {LENGTH}(__u32 length, struct xdp_md *ctx, __u32 number)"}
    assert filled(bench, device) == {FIREWALL: None, LENGTH: None}
    text = bench.xdpctl("policy", "show")
    assert f"int {FIREWALL}(struct xdp_md *ctx): empty" in text, text
    assert bench.arrive(device, 3, 1, 1) == 3


def test_components_can_be_attached_to_slots_of_any_signature(bench):
    device = both_filled(bench)
    assert filled(bench, device) == {FIREWALL: "fw", LENGTH: "measure"}
    assert bench.arrive(device, 4, 2, 2) == 4
    assert bench.arrive(device, 3, 1, 2) == 0
    assert bench.arrive(device, 2, 2, 1) == 0
    measure = next(c for c in bench.chain(device) if c["name"] == "measure")
    total = bench.map_value(measure, "lengths")
    assert total and total % 6 == 0, total  # six frames of one length
    assert measure["fills"] == LENGTH and "counters" not in measure
    text = bench.xdpctl("status")
    assert "policy policy" in text and f"measure is in slot {LENGTH}" in text, text
    bench.xdpctl("detach", "fw", "--dev", device)
    assert bench.arrive(device, 3, 1, 2) == 3
    assert filled(bench, device) == {FIREWALL: None, LENGTH: "measure"}
    assert "as it should be" in bench.xdpctl("verify")


def test_a_fused_policy_does_the_same(bench):
    device = both_filled(bench)
    assert bench.quiet()
    assert bench.arrive(device, 2, 2, 2) == 2 and bench.arrive(device, 2, 2, 1) == 0
    bench.xdpctl("detach", "measure", "--dev", device)
    assert bench.quiet()
    assert bench.arrive(device, 2, 2, 1) == 2


def test_refusals_name_what_is_in_the_way(bench):
    device, other = bench.device(), bench.device()
    set_policy(bench, device)
    fill(bench, device, "fw", "verdict-0", FIREWALL)
    before = bench.status()

    def refused(*words, expect=1):
        text = bench.xdpctl(*words, expect=expect)
        assert bench.status() == before
        return text

    def attach(kind, *words, **more):
        return refused("attach", OBJECTS / f"{kind}.o", "--dev", device, *words, **more)

    text = attach("verdict-1")
    assert f"'{FIREWALL}' and '{LENGTH}'" in text and "--slot" in text, text
    text = attach("verdict-1", "--slot", FIREWALL, "--name", "two")
    assert "already holds 'fw'" in text and "replace" in text, text
    assert f"'{LENGTH}'" in attach("verdict-1", "--slot", "nosuch")
    for on in (device, other):
        bench.attach("for_slot" if on == device else "kind-static_subprogram", "--dev", on, *(
            ["--slot", LENGTH] if on == device else []), "--name", "extended")
        text = bench.attach("verdict-1", "--dev", on, "--slot", "look" if on == device else "inner",
                            "--name", "more", expect=1)
        assert "is a function of the component 'extended'" in text and "--link" in text, text
        bench.xdpctl("detach", "extended", *([] if on == device else ["--release"]), "--dev", on)
    before = bench.status()
    assert "is a static function of the policy" in attach("verdict-1", "--slot", "not_a_slot")
    assert "does not call it" in attach("verdict-1", "--slot", "never_called")
    for option in (("--prio", 5), ("--proceed-on", "pass"), ("--before", "fw"), ("--after", "fw"),
                   ("--allow-verdicts", "pass"), ("--on-failure", "drop")):
        assert "the policy decides these" in attach("for_slot", "--slot", LENGTH, *option, expect=2)
    text = attach("for_slot-long", "--slot", LENGTH)
    assert f"'measure' does not fit the slot '{LENGTH}'" in text, text
    assert "its argument 1 has 8 bytes, but that" in text, text
    text = attach("verdict-1", "--slot", LENGTH)
    assert "it takes 1 argument, but" in text and "takes 3" in text, text
    assert "takes 2 arguments" in attach("for_slot-few", "--slot", LENGTH)
    text = refused("attach", OBJECTS / "verdict-0.o", "--dev", other, "--slot", FIREWALL)
    assert f"{other} has no policy" in text and "policy set" in text, text
    assert "--slot" in refused("attach", OBJECTS / "for_slot.o", "--dev", other)
    for words in (["set", "fw", "--proceed-on", "tx"], ["move", "fw", "--prio", 1]):
        text = refused(*words, "--dev", device)
        assert "decides the order and proceed sets" in text, text
    text = refused("replace", "fw", OBJECTS / "for_slot.o", "--dev", device)
    assert "it takes 3 arguments" in text, text
    assert "cannot be a policy" in refused("policy", "set", OBJECTS / "for_slot.o", "--dev", device)
    assert "has no slots" in refused("policy", "set", OBJECTS / "verdict-0.o", "--dev", device)
    assert "BTF" in refused("policy", "set", OBJECTS / "kind-no_btf.o", "--dev", device)
    refused("policy", "set", OBJECTS / "bad-type.o", "--dev", device)
    refused("policy", "set", OBJECTS / "policy-1.o", expect=2)
    refused("policy", "clear", expect=2)
    refused("policy", expect=2)
    assert "no policy" in refused("policy", "clear", "--dev", other)
    assert f"xdpd does not manage {other}" in refused("policy", "show", "--dev", other)


def test_signatures_are_compared_as_the_kernel_does(bench):
    done = run(BUILD / "tests/integration/signatures", OBJECTS / "signatures-targets.o",
               OBJECTS / "signatures-extensions.o", check=False)
    if done.returncode == 77:
        bench.skip("no extension loads here, so that the kernel cannot be asked")
    assert done.returncode == 0, done.stdout + done.stderr
    pairs, fit = (int(number) for number in re.findall("[0-9]+", done.stdout))
    assert pairs == 13 * 14 and fit > 13, done.stdout


def test_a_component_in_a_slot_is_replaced(bench):
    device = both_filled(bench)
    bench.xdpctl("replace", "fw", OBJECTS / "verdict-2.o", "--dev", device)
    assert filled(bench, device)[FIREWALL] == "fw"
    assert bench.arrive(device, 2, 1, 2, 2) == 2 and bench.arrive(device, 2, 2, 2, 1) == 0


def test_changing_the_policy_keeps_components_that_still_have_a_slot(bench):
    device = both_filled(bench)
    before = {c["name"]: c["prog_id"] for c in bench.chain(device)}
    text = set_policy(bench, device, 2, expect=1)
    assert "'measure' (" in text and "has 4 bytes" in text and "'fw'" not in text, text
    text = set_policy(bench, device, 3, expect=1)
    assert "'measure' (" in text and f"no slot '{LENGTH}'" in text and "--park" in text, text
    assert bench.arrive(device, 2, 2, 1) == 0
    set_policy(bench, device, 3, "--park")
    assert states(bench, device) == {"fw": "running", "measure": "parked"}
    assert filled(bench, device) == {FIREWALL: "fw"}
    assert bench.arrive(device, 2, 2, 1) == 2 and bench.arrive(device, 2, 1, 2) == 0
    assert f"is parked until a policy has slot {LENGTH}" in bench.xdpctl("status")
    assert "parked" in bench.xdpctl("replace", "measure", OBJECTS / "for_slot.o", "--dev", device,
                                    expect=1)
    set_policy(bench, device, 2)
    assert states(bench, device)["measure"] == "parked"
    set_policy(bench, device, 1)
    assert states(bench, device) == {"fw": "running", "measure": "running"}
    assert bench.arrive(device, 2, 2, 1) == 0
    assert {c["name"]: c["prog_id"] for c in bench.chain(device)} == before


def test_a_chain_and_a_policy_can_replace_each_other(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "old")
    bench.send(device, 3, 2)
    assert "'old' (it has no slot)" in set_policy(bench, device, expect=1)
    set_policy(bench, device, 1, "--park")
    assert states(bench, device) == {"old": "parked"}
    assert bench.arrive(device, 2, 1) == 2
    fill(bench, device, "fw", "verdict-1", FIREWALL)
    text = bench.xdpctl("policy", "clear", "--dev", device, expect=1)
    assert "'fw' (it needs a policy with its slot)" in text and "'old'" not in text, text
    bench.xdpctl("policy", "clear", "--dev", device, "--park")
    assert states(bench, device) == {"old": "running", "fw": "parked"}
    assert bench.arrive(device, 2, 2, 1) == 2 and bench.arrive(device, 2, 1, 2) == 0
    assert bench.chain(device)[0]["counters"]["run"] == 7
    bench.xdpctl("detach", "fw", "--dev", device)
    assert bench.names(device) == ["old"]


def test_changes_of_policy_lose_no_packet(bench):
    device = both_filled(bench)
    count = int(20000 * SCALE) + 2000
    receiver = bench.receiver(device, count)
    sender = bench.sender(device, count, 2, 2)
    turns = 0
    while sender.poll() is None or turns < 3:
        if turns % 3 == 2:
            bench.xdpctl("policy", "clear", "--dev", device, "--park")
        else:
            set_policy(bench, device, 1 + 2 * (turns % 3), "--park")
        turns += 1
        time.sleep(0.02)
    assert receiver.result() == count


def test_policy_and_components_survive_restarts(bench):
    device = both_filled(bench)
    assert bench.quiet()
    daemon = bench.daemons[0]
    before, shown = bench.status(), policy(bench, device)
    daemon.stop()
    assert bench.arrive(device, 2, 2, 1) == 0 and bench.arrive(device, 2, 2, 2) == 2
    daemon.start()
    assert bench.status() == before and policy(bench, device) == shown
    fill(bench, device, "again", "verdict-0", FIREWALL, expect=1)
    daemon.kill()
    daemon.start()
    assert bench.status() == before and policy(bench, device) == shown
    bench.xdpctl("detach", "fw", "--dev", device)
    assert bench.arrive(device, 2, 1, 2) == 2 and bench.arrive(device, 2, 2, 1) == 0


def test_parked_components_are_exported_and_applied(bench):
    device, other = both_filled(bench), bench.device()
    bench.attach("verdict-0", "--dev", other, "--name", "old")
    set_policy(bench, device, 3, "--park")
    set_policy(bench, other, 1, "--park")
    before = bench.xdpctl("export", "--objects", bench.directory / "kept")
    path = bench.directory / "parked.json"
    path.write_text(before)
    bench.xdpctl("plan", "--check", path)
    for name in (device, other):
        bench.xdpctl("release", "--dev", name)
    warnings = [warning for planned in json.loads(bench.xdpctl("plan", path, "--json"))["plan"]
                for warning in planned["warnings"]]
    assert any("'measure' will be parked" in warning and LENGTH in warning for warning in warnings)
    assert any("'old' will be parked" in warning for warning in warnings), warnings
    bench.xdpctl("apply", path)
    assert bench.xdpctl("export", "--objects", bench.directory / "kept") == before
    assert states(bench, device) == {"fw": "running", "measure": "parked"}
    bench.xdpctl("policy", "clear", "--dev", other)
    assert states(bench, other) == {"old": "running"}
    set_policy(bench, device, 1)
    assert states(bench, device) == {"fw": "running", "measure": "running"}
    path.write_text(before.replace('"parked": true', '"parked": false'))
    text = bench.xdpctl("apply", path, expect=1)
    assert "would lose its place" in text, text
    bench.xdpctl("verify")


def test_a_policy_and_parked_components_survive_a_reboot(bench):
    device = both_filled(bench)
    set_policy(bench, device, 3, "--park")
    daemon = bench.daemons[0]
    daemon.stop()
    daemon.forget_the_kernel()
    bench.delete(device)
    bench.device(name=device)
    daemon.start()
    assert wait_for(lambda: states(bench, device) == {"fw": "running", "measure": "parked"})
    assert bench.arrive(device, 2, 1, 2) == 0 and bench.arrive(device, 2, 2, 1) == 2
    set_policy(bench, device, 1)
    assert states(bench, device) == {"fw": "running", "measure": "running"}
    assert bench.arrive(device, 2, 2, 1) == 0
    assert len(daemon.objects()) == 3


def object_of_policy(daemon):
    digest = json.loads(daemon.records()[0].read_text())["policy"]["object"]
    return next(path for path in daemon.objects() if path.name == digest)


def test_a_running_policy_continues_without_its_object(bench):
    device = both_filled(bench)
    daemon = bench.daemons[0]
    daemon.stop()
    object_of_policy(daemon).unlink()
    daemon.start()
    assert bench.arrive(device, 2, 2, 1) == 0
    assert policy(bench, device)["slots"] == []
    text = fill(bench, device, "x", "verdict-0", FIREWALL, expect=1)
    assert "no longer in the store" in text and "policy set" in text, text
    set_policy(bench, device)
    assert filled(bench, device) == {FIREWALL: "fw", LENGTH: "measure"}
    assert bench.arrive(device, 2, 2, 1) == 0


def test_a_policy_without_its_object_is_reported(bench):
    device = both_filled(bench)
    daemon = bench.daemons[0]
    daemon.stop()
    daemon.forget_the_kernel()
    object_of_policy(daemon).unlink()
    bench.delete(device)
    bench.device(name=device)
    daemon.start()
    (status,) = bench.status()
    assert "rootlet" not in status, status
    assert "policy 'policy' cannot be loaded" in status["note"], status["note"]
    assert "not loaded" in fill(bench, device, "x", "verdict-0", FIREWALL, expect=1)
    set_policy(bench, device)
    for state in ("down", "up"):  # an announcement makes xdpd retry the device
        run("ip", "-n", bench.netns, "link", "set", device, state)
    assert wait_for(lambda: states(bench, device) == {"fw": "running", "measure": "running"})


def test_one_policy_on_several_devices_is_loaded_once(bench):
    devices = [bench.device() for _ in range(2)]
    several = [word for device in devices for word in ("--dev", device)]
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", *several)
    bench.attach("for_slot", *several, "--slot", LENGTH)
    assert len({policy(bench, device)["prog_id"] for device in devices}) == 1
    assert len({bench.chain(device)[0]["prog_id"] for device in devices}) == 1
    assert bench.arrive(devices[0], 2, 2, 1) == bench.arrive(devices[1], 2, 2, 1) == 0
    bench.xdpctl("detach", "measure", "--dev", devices[0])
    assert bench.arrive(devices[0], 2, 2, 1) == 2 and bench.arrive(devices[1], 2, 2, 1) == 0


def test_release_removes_the_policy(bench):
    device = both_filled(bench)
    bench.xdpctl("release", "--dev", device)
    assert bench.status() == [] and not bench.daemons[0].objects()


def frame(protocol, rest, ethertype=0x0800):
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(rest), 0, 0, 64, protocol, 0, bytes(4),
                     bytes(4))
    return (bytes(12) + struct.pack("!H", ethertype) + ip + rest).ljust(64, b"\0")


def tcp(port):
    return frame(6, struct.pack("!HH", 4000, port) + bytes(16))


def verdict(bench, device, data):
    """The verdict of the device's rootlet for a packet, in a test run of the kernel."""
    (status,) = [entry for entry in bench.status() if entry["ifname"] == device]
    path = bench.directory / "packet"
    path.write_bytes(data)
    answer = run("bpftool", "-j", "prog", "run", "id", status["rootlet"]["prog_id"], "data_in",
                 path, "repeat", 1)
    return json.loads(answer.stdout)["retval"]


def test_the_example_works(bench):
    device = bench.device()
    bench.xdpctl("policy", "set", EXAMPLES / "policy_by_protocol.bpf.o", "--dev", device)
    echo = frame(1, struct.pack("!BBHHH", 8, 0, 0, 1, 5))
    reply, udp = frame(1, bytes(8)), frame(17, struct.pack("!HHHH", 1, 2, 8, 0))
    packets = [tcp(22), tcp(443), echo, reply, udp, bytes(64), frame(6, b"", 0x86dd)]
    assert [verdict(bench, device, data) for data in packets] == [2] * 7
    bench.xdpctl("attach", EXAMPLES / "web_only.bpf.o", "--dev", device, "--slot", "on_tcp")
    bench.xdpctl("attach", EXAMPLES / "no_echo.bpf.o", "--dev", device, "--slot", "on_icmp")
    bench.attach("verdict-0", "--dev", device, "--slot", "on_rest")
    assert [verdict(bench, device, data) for data in packets] == [1, 2, 1, 2, 2, 2, 2]
    no_echo = next(c for c in bench.chain(device) if c["name"] == "no_echo")
    dump = run("bpftool", "-j", "map", "lookup", "id", no_echo["maps"][0]["id"], "key", 5, 0, 0, 0)
    assert json.loads(dump.stdout)["formatted"]["value"] == 1


def test_an_unconfirmed_policy_is_rolled_back(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "old")
    set_policy(bench, device, 1, "--park", "--confirm", "600s")
    assert states(bench, device) == {"old": "parked"} and bench.arrive(device, 2, 1) == 2
    bench.xdpctl("revert")
    assert states(bench, device) == {"old": "running"} and bench.arrive(device, 2, 1) == 0
    set_policy(bench, device, 1, "--park")
    fill(bench, device, "fw", "verdict-1", FIREWALL)
    bench.xdpctl("policy", "clear", "--dev", device, "--park", "--confirm", "600s")
    assert states(bench, device) == {"old": "running", "fw": "parked"}
    bench.xdpctl("revert")
    assert states(bench, device) == {"old": "parked", "fw": "running"}
    assert filled(bench, device)[FIREWALL] == "fw" and bench.arrive(device, 2, 2, 1) == 0


def test_a_replacement_in_a_slot_keeps_the_maps(bench):
    device = both_filled(bench)
    assert bench.arrive(device, 2, 2, 2) == 2
    bench.xdpctl("replace", "measure", OBJECTS / "for_slot.o", "--dev", device)
    assert bench.arrive(device, 2, 2, 2) == 2
    measure = next(c for c in bench.chain(device) if c["name"] == "measure")
    assert bench.map_value(measure, "lengths") % 4 == 0
    assert bench.map_value(measure, "lengths") > 0


def test_the_graph_of_a_policy_is_shown(bench):
    device = both_filled(bench)
    for _ in range(2):
        text = bench.xdpctl("graph", "--dev", device)
        assert "fw" in text and "measure" in text and "lengths" in text, text
        assert device in bench.xdpctl("why", "measure", "--dev", device)
        bench.daemons[0].stop()
        bench.daemons[0].start()


def test_a_policy_that_does_not_accept_multi_buffer_packets_is_refused(bench):
    device = bench.device(mtu=9000)
    text = set_policy(bench, device, expect=1)
    assert "'policy' does not accept multi-buffer packets" in text, text
    assert bench.status() == []


def test_a_component_must_accept_multi_buffer_packets_if_the_policy_does(bench):
    if bench.kernel_older(5, 18):
        bench.skip("this kernel has no packets in several buffers")
    device = bench.device(mtu=9000)
    set_policy(bench, device, "frags")
    fill(bench, device, "measure", "for_slot", LENGTH)
    assert bench.arrive(device, 2, 2, 1) == 0
    text = fill(bench, device, "fw", "verdict-0", FIREWALL, expect=1)
    assert "'fw' does not accept multi-buffer packets" in text, text
    fill(bench, device, "fw", "kind-section-xdp_frags", FIREWALL)


def indented(text, word):
    """The code block of the text that contains this word."""
    blocks = re.findall(r"(?:^(?:    .*)?\n)+", text, re.MULTILINE)
    (block,) = [block for block in blocks if word in block]
    return re.sub("^    ", "", block, flags=re.MULTILINE)


def test_the_examples_of_the_document_can_be_built_and_used(bench):
    clang = shutil.which("clang")
    if not clang:
        bench.skip("there is no clang here")
    text = (TOP / "docs/policies.md").read_text()
    license_ = 'char _license[] SEC("license") = "GPL";\n'
    headers = "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
    sources = {"my_policy": indented(text, "int my_policy("),
               "no_dwarfs": headers + indented(text, "int no_dwarfs(") + license_}
    multiarch = run("gcc", "-print-multiarch").stdout.strip()
    for name, source in sources.items():
        path = bench.directory / f"{name}.bpf.c"
        path.write_text(source)
        run(clang, "-target", "bpf", "-O2", "-g", f"-I/usr/include/{multiarch}", "-I", BUILD / "bpf",
            "-c", path, "-o", bench.directory / f"{name}.o")
    device = bench.device()
    bench.xdpctl("policy", "set", bench.directory / "my_policy.o", "--dev", device)
    bench.xdpctl("attach", bench.directory / "no_dwarfs.o", "--dev", device, "--slot", "on_length")
    shown = bench.xdpctl("policy", "show").splitlines()
    assert [line.replace("eth0", device) for line in indented(text, "policy show").splitlines()
            if "int " in line] == shown[1:], shown
    assert verdict(bench, device, bytes(64)) == 2 and verdict(bench, device, bytes(20)) == 1
