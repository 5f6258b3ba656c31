# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The packets of a capture run through copies of chains, and affect nothing else."""
import json
import struct
import subprocess
from pathlib import Path

from harness import BUILD, OBJECTS, Client, run, wait_for, wait_until_it_waits

ETHERNET, RAW_IP = 1, 101
ABORTED, DROP, PASS, TX, REDIRECT = range(5)


def frame(*verdicts, size=60, protocol=0x88b5):
    """A frame of tests/bpf/common.h: component N returns verdict N for it."""
    head = b"\x02\0\0\0\0\x01" + b"\x02\0\0\0\0\x02" + struct.pack("!H", protocol) + bytes(8)
    return (head + bytes(verdicts)).ljust(size, b"\0")[:size]


def pcap(*frames, link=ETHERNET, order="<", wire=None):
    text = struct.pack(f"{order}IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)
    for one in frames:
        text += struct.pack(f"{order}IIII", 1, 2, len(one), wire or len(one)) + one
    return text


def pcapng(*frames, link=ETHERNET):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        size = len(body) + 12
        return struct.pack("<II", kind, size) + body + struct.pack("<I", size)
    text = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    text += block(1, struct.pack("<HHI", link, 0, 0))
    for one in frames:
        text += block(6, struct.pack("<IIIII", 0, 0, 1, len(one), len(one)) + one)
    return text


def capture(bench, *frames, name="some.pcap", **more):
    path = bench.directory / name
    path.write_bytes(pcap(*frames, **more))
    return path


def test(bench, *arguments):
    """The packets of the only chain in the reply."""
    trials = json.loads(bench.xdpctl("test", *arguments, "--json"))["trials"]
    assert len(trials) == 1, trials
    return trials[0]["packets"]


def decisions(packets):
    return [(packet.get("verdict"), packet.get("component")) for packet in packets]


def chains(bench, name, **devices):
    path = bench.directory / name
    path.write_text(json.dumps({"devices": [
        {"name": device, "components": components} for device, components in devices.items()]}))
    return path


def jumper(bench):
    """A component that makes tail calls, if such a program can be an extension on this kernel."""
    linker = json.loads(bench.xdpctl("features", "--json"))["linker"]
    return None if linker != "fused" and bench.kernel_older(6, 1) else "kind-tail_call"


def component(kind, name, **more):
    return {"object": str(OBJECTS / f"{kind}.o"), "name": name, **more}


def test_each_packet_has_its_verdict_and_the_component_that_decided(bench):
    device = bench.device()
    for number, name in enumerate(("a", "b", "c")):
        bench.attach(f"verdict-{number}", "--dev", device, "--name", name)
    frames = [frame(PASS, PASS, PASS), frame(DROP), frame(PASS, TX), frame(PASS, PASS, REDIRECT),
              frame(ABORTED), frame(PASS, PASS, 77), frame(protocol=0x800)]
    path = capture(bench, *frames)
    expected = [("pass", None), ("drop", "a"), ("tx", "b"), ("redirect", "c"), ("aborted", "a"),
                ("aborted", "c"), ("pass", None)]
    packets = test(bench, "--dev", device, path)
    assert decisions(packets) == expected, packets
    assert all(packet["length"] == 60 and "changes" not in packet for packet in packets), packets
    text = bench.xdpctl("test", "--dev", device, path)
    assert f"{device}: generation 3\n" in text and \
        "  7 packets: 2 pass at the end of the chain, 1 drop by a," in text, text
    for number, (verdict, name) in enumerate(expected, 1):
        assert [str(number), "60", verdict, name or "-"] in \
            [line.split() for line in text.splitlines()], text


def test_captures_of_all_kinds_are_read(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "fw")
    frames = [frame(DROP), frame(PASS, size=1514)]
    for number, text in enumerate((pcap(*frames), pcap(*frames, order=">"), pcapng(*frames))):
        path = bench.directory / f"{number}.pcap"
        path.write_bytes(text)
        assert decisions(test(bench, "--dev", device, path)) == [("drop", "fw"), ("pass", None)]


def test_a_damaged_or_unsuitable_capture_is_refused(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    whole = pcap(frame(PASS), frame(DROP))
    wrong = {"cut.pcap": (whole[:-1], "damaged after packet 1: truncated"),
             "head.pcap": (whole[:24 + 76 + 3], "damaged after packet 1: truncated"),
             "magic.pcap": (b"\0" + whole[1:], "cannot be read: unknown file format"),
             "empty.pcap": (b"", "cannot be read: truncated dump file"),
             "none.pcap": (pcap(), "has no packets"),
             "raw.pcap": (pcap(frame(PASS), link=RAW_IP), "Raw IP"),
             "raw.pcapng": (pcapng(frame(PASS), link=RAW_IP), "Raw IP"),
             "many.pcap": (pcap(*[frame(PASS)] * 32769), "more than 32768 packets"),
             "large.pcap": (pcap(*[frame(PASS, size=65000)] * 259), "16 MiB")}
    for name, (text, words) in wrong.items():
        (bench.directory / name).write_bytes(text)
        said = bench.xdpctl("test", "--dev", device, bench.directory / name, expect=1)
        assert f"{bench.directory / name}' " in said and words in said, said
        assert said.count("\n") == 1, said
    said = bench.xdpctl("test", "--dev", device, bench.directory / "nosuch", expect=1)
    assert "No such file" in said, said


def test_truncated_short_and_long_packets(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "fw")
    path = capture(bench, frame(DROP), frame(DROP)[:13], frame(DROP, size=4000), wire=9000)
    packets = test(bench, "--dev", device, path)
    assert decisions(packets) == [("drop", "fw"), (None, None), (None, None)], packets
    assert [packet["cut_from"] for packet in packets] == [9000] * 3, packets
    assert "shorter than an Ethernet header" in packets[1]["failure"], packets
    assert "longer than one buffer" in packets[2]["failure"], packets
    text = bench.xdpctl("test", "--dev", device, path)
    for words in ("packet 2 was not run: it is shorter", "packet 1: the capture holds only",
                  "2 not run"):
        assert words in text, text


def test_long_packets_run_if_all_components_accept_multi_buffer_packets(bench):
    features = json.loads(bench.xdpctl("features", "--json"))["features"]
    if not any(entry["name"] == "frags" and entry["available"] for entry in features):
        bench.skip("this kernel has packets in one buffer alone")
    device = bench.device()
    bench.attach("kind-section-xdp_frags", "--dev", device, "--name", "fw")
    path = capture(bench, frame(DROP, size=9000))
    assert decisions(test(bench, "--dev", device, path)) == [("drop", "fw")]


def test_changed_bytes_are_shown(bench):
    device = bench.device()
    bench.attach("rewrite-bytes", "--dev", device, "--name", "writer")
    bench.attach("rewrite-tag", "--dev", device, "--name", "tagger")
    path = capture(bench, frame(), frame(protocol=0x800))
    first, second = test(bench, "--dev", device, path)
    assert decisions([first, second]) == [("tx", "tagger"), ("pass", None)]
    assert first["length_after"] == 64 and "changes" not in second
    # With the tag, the only change is from the first byte that differs to the last.
    change, = first["changes"]
    tagged = bytearray(frame())
    tagged[6], tagged[21] = 0x42, 0xff
    tagged = bytes(tagged[:12]) + b"\x81\0\0\x07" + bytes(tagged[12:])
    after = frame()[:change["offset"]] + bytes.fromhex(change["after"]) + \
        frame()[change["offset"] + len(change["before"]) // 2:]
    assert after == tagged and change["offset"] == 6, change
    bench.xdpctl("detach", "tagger", "--dev", device)
    first, second = test(bench, "--dev", device, path)
    assert first["changes"] == [{"offset": 6, "before": "02", "after": "42"},
                                {"offset": 21, "before": "00", "after": "ff"}]
    assert "6: 02 -> 42, 21: 00 -> ff" in bench.xdpctl("test", "--dev", device, path)


def live(bench, device):
    """Everything that could show that packets ran through the chain."""
    found = []
    for entry in bench.chain(device):
        found.append({**entry, "contents": [
            json.loads(run("bpftool", "-j", "map", "dump", "id", one["id"], check=False).stdout or
                       "null") for one in entry["maps"]]})
    pins = sorted((str(path), path.stat().st_ino)
                  for path in bench.daemons[0].bpffs.rglob("*"))
    return found, pins, [path.read_text() for path in bench.daemons[0].records()]


class Unchanged:
    """Nothing that existed when this was created changes, and nothing is added."""

    def __init__(self, bench, device):
        bench.xdpctl("verify")  # after the work that follows the reply to the last change
        self.bench, self.device = bench, device
        self.live, self.alive = live(bench, device), bench.alive()

    def is_true(self):
        now = live(self.bench, self.device)
        for before, after in zip(self.live, now):
            assert after == before, [entry for entry in after if entry not in before]
        return wait_for(lambda: self.bench.alive() <= self.alive)


def test_the_copy_keeps_state_and_the_live_chain_does_not_change(bench):
    device = bench.device()
    bench.attach("rewrite-limit", "--dev", device, "--name", "limiter")
    bench.attach("kind-maps", "--dev", device, "--name", "maps")
    bench.attach("kind-global_data", "--dev", device, "--name", "data")
    pinned = Path("/sys/fs/bpf/xdpd_test_pinned")
    try:
        bench.attach("kind-pinned_map", "--dev", device, "--name", "pinned")
    finally:
        pinned.unlink(missing_ok=True)
    bench.attach("kind-twins", "--dev", device, "--name", "sharer", "--map",
                 "first=maps:an_array")
    ids = {one["name"]: one["id"] for one in bench.chain(device)[0]["maps"]}
    run("bpftool", "map", "update", "id", ids["allowance"], "key", 0, 0, 0, 0, "value", 2, 0, 0, 0,
        0, 0, 0, 0)
    bench.quiet()
    unchanged = Unchanged(bench, device)
    path = capture(bench, *[frame(PASS)] * 3)
    for _ in range(2):  # starting with the same contents each time
        assert decisions(test(bench, "--dev", device, path)) == \
            [("pass", None)] * 2 + [("drop", "limiter")]
    assert unchanged.is_true(), bench.alive() - unchanged.alive
    bench.send(device, 3, PASS)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 1


def test_packets_come_from_the_device(bench):
    bench.device()
    device = bench.device()
    bench.attach("rewrite-device", "--dev", device)
    packet, = test(bench, "--dev", device, capture(bench, frame(PASS)))
    number = next(entry["ifindex"] for entry in bench.status() if entry["ifname"] == device)
    if bench.kernel_older(5, 14):
        number = 1
    after = bytearray(8)
    for change in packet["changes"]:
        place = change["offset"] - 14
        after[place:place + len(change["after"]) // 2] = bytes.fromhex(change["after"])
    assert after == struct.pack("=Q", number), packet


def test_a_verdict_that_is_not_allowed_is_reported(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a", "--allow-verdicts", "pass,drop")
    packets = test(bench, "--dev", device, capture(bench, frame(TX), frame(DROP), frame(PASS)))
    assert decisions(packets) == [("aborted", "a"), ("drop", "a"), ("pass", None)]
    assert [packet.get("overruled") for packet in packets] == [True, None, None]


def test_a_planned_chain_is_tested(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    unchanged, objects = Unchanged(bench, device), bench.daemons[0].objects()
    path = capture(bench, frame(PASS, DROP), frame(DROP, PASS))
    planned = chains(bench, "chains.json", **{device: [component("verdict-1", "b")]})
    assert decisions(test(bench, planned, path)) == [("drop", "b"), ("pass", None)]
    assert unchanged.is_true() and bench.daemons[0].objects() == objects
    text = bench.xdpctl("test", planned, path)
    assert f"{device}: planned chain\n" in text and "1 drop by b" in text, text
    # Also for a device that xdpd does not manage; that does not change.
    other = bench.device()
    planned = chains(bench, "chains.json", **{other: [component("verdict-1", "b")]})
    assert decisions(test(bench, planned, path)) == [("drop", "b"), ("pass", None)]
    assert [entry["ifname"] for entry in bench.status()] == [device]
    bench.xdpctl("test", "--dev", other, path, expect=1)


def test_diff_shows_packets_that_are_treated_differently(bench):
    device = bench.device()
    bench.attach("rewrite-limit", "--dev", device, "--name", "limiter", "--proceed-on",
                 "pass,drop")
    bench.attach("verdict-0", "--dev", device, "--name", "a")
    bench.attach("verdict-1", "--dev", device, "--name", "b")
    same = bench.directory / "same.json"
    same.write_text(bench.xdpctl("export"))
    path = capture(bench, frame(PASS, PASS), frame(PASS, DROP), frame(DROP, DROP))
    assert "0 of 3 packets" in bench.xdpctl("test", "--diff", same, path)
    limiter = component("rewrite-limit", "limiter", proceed_on=["pass", "drop"])
    # Another component makes the same decision: the packet is not treated differently.
    planned = chains(bench, "chains.json", **{device: [
        limiter, component("verdict-1", "b"), component("verdict-0", "a")]})
    assert "0 of 3 packets" in bench.xdpctl("test", "--diff", planned, path)
    planned = chains(bench, "chains.json", **{device: [limiter, component("verdict-0", "a")]})
    done = bench.try_xdpctl("test", "--diff", planned, path)
    assert done.returncode == 1 and not done.stderr, done
    assert "1 of 3 packets" in done.stdout and \
        "packet 2: now drop by b; planned pass at the end of the chain" in done.stdout, done.stdout
    done = bench.try_xdpctl("test", "--diff", planned, path, "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1 and len(answer["trials"]) == 2
    difference, = answer["differences"]
    assert difference["packet"] == 2 and difference["ifname"] == device
    assert difference["present"]["verdict"] == "drop" and difference["planned"]["verdict"] == "pass"
    # Bytes count as well.
    planned = chains(bench, "chains.json", **{device: [
        limiter, component("rewrite-bytes", "w"), component("verdict-0", "a"),
        component("verdict-1", "b")]})
    done = bench.try_xdpctl("test", "--diff", planned, path)
    assert done.returncode == 1 and "3 of 3 packets" in done.stdout and \
        "(6: 02 -> 42, 21: 00 -> ff)" in done.stdout, done


def test_both_chains_of_a_diff_start_with_the_same_maps(bench):
    device = bench.device()
    bench.attach("rewrite-limit", "--dev", device, "--name", "limiter")
    ids = {one["name"]: one["id"] for one in bench.chain(device)[0]["maps"]}
    run("bpftool", "map", "update", "id", ids["allowance"], "key", 0, 0, 0, 0, "value", 2, 0, 0, 0,
        0, 0, 0, 0)
    planned = chains(bench, "chains.json", **{device: [
        component("rewrite-limit", "limiter"), component("verdict-0", "a")]})
    path = capture(bench, *[frame(PASS)] * 4)
    assert "0 of 4 packets" in bench.xdpctl("test", "--diff", planned, path)


def test_a_diff_has_the_exit_status_of_diff(bench):
    device = bench.device()
    path = capture(bench, frame(PASS))
    nothing = chains(bench, "chains.json", **{device: []})
    bench.xdpctl("test", "--diff", nothing, path)
    for wrong in ([nothing, bench.directory / "nosuch"], [bench.directory / "nosuch", path],
                  [chains(bench, "other.json", nosuch=[]), path], [path]):
        bench.xdpctl("test", "--diff", *wrong, expect=2)
    bench.xdpctl("test", nothing, bench.directory / "nosuch", expect=1)
    bench.xdpctl("test", path, expect=2)
    bench.xdpctl("test", expect=2)
    bench.xdpctl("test", "--dev", device, nothing, path, expect=2)
    bench.xdpctl("test", "--socket", "/nosuch", "--diff", nothing, path, expect=3)
    with open("/dev/full", "w") as full:
        done = subprocess.run([BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, "test",
                               "--diff", nothing, path], stdout=full, stderr=subprocess.PIPE,
                              text=True)
    assert done.returncode == 2 and "cannot write the output" in done.stderr, done


def test_a_policy_can_be_tested(bench):
    device = bench.device()
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device)
    path = capture(bench, frame(PASS), frame(DROP))
    trial, = json.loads(bench.xdpctl("test", "--dev", device, path, "--json"))["trials"]
    assert trial["policy"] and decisions(trial["packets"]) == [("pass", None)] * 2, trial
    for kind in filter(None, ("verdict-0", jumper(bench))):
        bench.attach(kind, "--dev", device, "--name", kind, "--slot", "xdp_firewall_placeholder")
        trial, = json.loads(bench.xdpctl("test", "--dev", device, path, "--json"))["trials"]
        assert decisions(trial["packets"]) == [("pass", None), ("drop", None)], trial
        bench.xdpctl("detach", kind, "--dev", device)
    assert "drop by (policy)" not in bench.xdpctl("test", "--dev", device, path)


def test_programs_that_are_jumped_to_run_on_copies(bench):
    if not jumper(bench):
        bench.skip("extensions of this kernel make no tail calls")
    device = bench.device()
    bench.attach("kind-tail_call", "--dev", device, "--name", "jumper")
    bench.attach("verdict-1", "--dev", device, "--name", "b")
    bench.quiet()
    unchanged = Unchanged(bench, device)
    path = capture(bench, frame(PASS, DROP), frame(DROP, PASS), frame(PASS, PASS))
    assert decisions(test(bench, "--dev", device, path)) == [
        ("drop", "b"), ("drop", "jumper"), ("pass", None)]
    planned = chains(bench, "chains.json", **{device: [component("kind-tail_call", "new")]})
    assert decisions(test(bench, planned, path)) == [
        ("pass", None), ("drop", "new"), ("pass", None)]
    assert unchanged.is_true(), bench.alive() - unchanged.alive


def test_a_chain_of_an_earlier_daemon_and_one_in_another_namespace(bench):
    device, there = bench.device(), bench.peer
    daemon = bench.daemon()
    bench.attach(jumper(bench) or "kind-global_data", "--dev", device, "--name", "jumper")
    bench.attach("verdict-1", "--dev", device, "--netns", there, "--name", "b", "--confirm", "60")
    path = capture(bench, frame(PASS, DROP), frame(DROP, PASS))
    for _ in range(2):
        assert decisions(test(bench, "--dev", device, path)) == [
            ("pass", None), ("drop", "jumper")]
        assert decisions(test(bench, "--dev", device, "--netns", there, path)) == [
            ("drop", "b"), ("pass", None)]
        daemon.kill()
        daemon.start()


def test_a_chain_that_cannot_be_tested_is_refused(bench):
    path = capture(bench, frame(PASS))
    plain, absent, large = (bench.device() for _ in range(3))
    bench.inside(bench.netns, "ip", "link", "set", plain, "xdp", "obj", OBJECTS / "verdict-1.o",
                 "sec", "xdp")
    bench.xdpctl("adopt", "--dev", plain)
    said = bench.xdpctl("test", "--dev", plain, path, expect=1)
    assert "'verdict' cannot be tested without its object" in said, said
    bench.attach("verdict-0", "--dev", absent)
    bench.delete(absent)
    assert wait_for(lambda: any(entry["state"] == "absent" for entry in bench.status()))
    said = bench.xdpctl("test", "--dev", absent, path, expect=1)
    assert f"device {absent} does not exist at present" in said, said
    bench.attach("rewrite-large", "--dev", large)
    said = bench.xdpctl("test", "--dev", large, path, expect=1)
    assert "more than 1048576 map entries" in said and "'large'" in said, said
    bench.xdpctl("release", "--dev", plain)


def test_a_device_bound_chain_is_refused(bench):
    features = json.loads(bench.xdpctl("features", "--json"))["features"]
    if not any(entry["name"] == "devbound" and entry["available"] for entry in features):
        bench.skip("this kernel binds no program to a device")
    device = bench.device()
    bench.attach("metadata-xdp", "--dev", device, "--devbound")
    said = bench.xdpctl("test", "--dev", device, capture(bench, frame(PASS)), expect=1)
    assert "is bound to its device" in said, said


def test_programs_that_another_tool_put_into_an_array_are_missing_and_noted(bench):
    if json.loads(bench.xdpctl("features", "--json"))["linker"] != "fused":
        bench.skip("the arrays of extensions take no program that bpftool loads")
    device = bench.device()
    bench.attach("kind-tail_call", "--dev", device, "--name", "jumper")
    other = Path(f"/sys/fs/bpf/{bench.id}-other")
    run("bpftool", "prog", "load", OBJECTS / "verdict-1.o", other, "type", "xdp")
    try:
        array, = [entry["id"] for entry in bench.chain(device)[0]["maps"]]
        run("bpftool", "map", "update", "id", array, "key", 0, 0, 0, 0, "value", "pinned", other)
        path = capture(bench, frame(DROP))
        text = bench.xdpctl("test", "--dev", device, path)
        assert "note: 1 of the 2 programs in 'programs' of 'kind' were not put there by its " \
            "object" in text, text
        assert decisions(test(bench, "--dev", device, path)) == [("drop", "jumper")]
    finally:
        other.unlink()


def slow_test(bench, planned=False):
    """A test that would take a minute, in the background."""
    if bench.emulated or bench.kernel_older(5, 17):
        bench.skip("bpf_loop() came with 5.17, and here it takes too long")
    device = bench.device()
    bench.attach("kind-tail_call" if planned else "rewrite-slow", "--dev", device, "--name", "slow")
    bench.xdpctl("verify")
    of = [chains(bench, "chains.json", **{device: [component("rewrite-slow", "other"),
                                                   component("kind-maps", "maps")]})]
    command = [BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, "test",
               *(of if planned else ["--dev", device]),
               capture(bench, *[frame(PASS)] * 30000)]
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    bench.processes.append(process)
    wait_until_it_waits(process)
    return device, process


def test_other_requests_are_answered_during_a_test_and_it_ends_in_time(bench):
    device, process = slow_test(bench)
    for _ in range(3):
        bench.status()
    assert process.poll() is None, process.communicate()
    bench.xdpctl("set", "slow", "--dev", device, "--proceed-on", "drop")  # it waits for its turn
    said = process.communicate()[1]
    assert process.returncode == 1 and "after 10 seconds" in said, said


def test_a_client_that_disconnects_does_not_block_others(bench):
    device, process = slow_test(bench)
    process.kill()
    process.communicate()
    bench.xdpctl("set", "slow", "--dev", device, "--proceed-on", "drop")
    assert "after 10 seconds" not in bench.daemons[0].log.read_text()


def test_a_daemon_that_is_killed_during_a_test_leaves_nothing(bench):
    device, process = slow_test(bench, planned=True)
    daemon = bench.daemons[0]
    chain, number = bench.chain(device), len(daemon.objects())

    def pins():
        return [path for path in daemon.bpffs.rglob("*") if "components/" in str(path)]
    assert wait_for(lambda: len(pins()) > 5), pins()  # including those of the planned chain
    daemon.kill()
    assert process.wait() == 3, process.communicate()
    daemon.start()
    assert bench.chain(device) == chain and len(daemon.objects()) == number
    assert "everything is as it should be" in bench.xdpctl("verify")
    components = {path.name for path in daemon.bpffs.glob("components/*")}
    assert components == {str(chain[0]["prog_id"])}, components


def test_a_damaged_packet_file_is_refused(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    for text, words in ((b"\2\0\0\0\1", "no valid packet at byte 0"),
                        (struct.pack("<II", 1, 1) * 2, "no valid packet at byte 9"),
                        (struct.pack("<II", 0, 0) * 32769, "more than 32768"),
                        (bytes((16 << 20) + 8), "")):
        path = bench.directory / "packets"
        path.write_bytes(text)
        with Client(bench.daemons[0].socket) as client, open(path, "rb") as file:
            answer = client.call("Test", [file.fileno()], devices=[device], packets=0)
        assert "error" in answer and words in answer["parameters"]["message"], answer
