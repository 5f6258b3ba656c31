# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The method Trace: every packet is recorded with the component that decided, and nothing of it stays."""
import collections
import json
import mmap
import os
import re
import socket
import struct

import namespaces
from harness import OBJECTS, PATIENCE, SCALE, VERDICTS, Bench, Sender, run, wait_for
from tracing import NONE, PAGE, Trace

ABORTED, DROP, PASS, TX = range(4)


def running_id(bench, device):
    """The id of the program that packets of the device run."""
    links = json.loads(bench.inside(bench.netns, "ip", "-j", "link", "show", "dev", device).stdout)
    return links[0]["xdp"]["prog"]["id"]


def attach_all(bench, device, count):
    """A chain of components, the last of which never decides unless it is one of the first eight."""
    for number in range(count):
        bench.attach(f"verdict-{number % 8}", "--dev", device, "--name", f"c{number}", "--prio", number)
    bench.quiet()


def refused(bench, device, **parameters):
    with Trace(bench.first_daemon(), device, **parameters) as trace:
        assert trace.refusal, trace.state
        return trace.refusal


def back(bench, device, before):
    assert wait_for(lambda: running_id(bench, device) == before), (running_id(bench, device), before)


def test_each_packet_is_recorded_where_it_leaves_the_chain(bench):
    device = bench.device()
    attach_all(bench, device, 3)
    before = running_id(bench, device)
    with Trace(bench.first_daemon(), device) as trace:
        assert running_id(bench, device) != before
        assert trace.names() == ["c0", "c1", "c2"] and trace.state["device"] == device, trace.state
        assert trace.state["generation"] == 3
        assert all(component["object"].startswith("sha256:") for component in trace.state["components"])
        bench.send(device, 10, PASS, DROP, PASS)
        bench.send(device, 5, PASS, PASS, TX)
        bench.send(device, 3, PASS, PASS, PASS)
        records = trace.records()
        found = collections.Counter((record.component, record.verdict) for record in records)
        assert found == {(1, DROP): 10, (2, TX): 5, (3, PASS): 3}, found
        assert trace.lost == 0 and len({record.packet for record in records}) == 18
        assert all(record.left() and record.generation == 3 and record.length == 230 for record in records)
        assert {len(record.bytes) for record in records} == {128}
        assert [record.time_ns for record in records] == sorted(record.time_ns for record in records)
        bench.xdpctl("verify")
    back(bench, device, before)
    bench.xdpctl("verify")


def leaves_at(frame):
    """After which of ten components a frame leaves the chain, and with which verdict: the frame has them itself."""
    return next(((number, verdict) for number, verdict in enumerate(frame[22:30]) if verdict != PASS), (10, PASS))


def places(trace):
    """Counts where the recorded packets left the chain, each of which must be where its frame leaves."""
    found = collections.Counter()
    for record in trace.records():
        assert (record.component, record.verdict) == leaves_at(record.bytes), record
        found[record.component, record.verdict] += 1
    return found


def exported(bench):
    """How many packets left after each component with each verdict, and how many reached c0, as Prometheus reads it."""
    left, reached = collections.Counter(), 0
    for line in bench.xdpctl("metrics", "--format", "prometheus").splitlines():
        if line.startswith("xdpd_component_packets_total{"):
            labels, count = dict(re.findall(r'(\w+)="([^"]*)"', line)), int(line.split()[-1])
            reached += count if labels["component"] == "c0" else 0
            if labels["outcome"] == "leave":
                left[int(labels["component"][1:]), VERDICTS.index(labels["verdict"])] += count
    return +left, reached


def test_records_counters_and_metrics_agree_packet_by_packet(bench):
    device = bench.device()
    attach_all(bench, device, 10)
    rounds, size = 18, int(1500 * SCALE)  # a buffer has room for a round
    expected, found = collections.Counter(), collections.Counter()
    with Trace(bench.first_daemon(), device, snaplen=30) as trace:
        for number in range(rounds):
            senders = []
            for place in (number % 9, (number + 4) % 9, 8):  # at the same time
                verdicts = [PASS] * 8
                if place < 8:
                    verdicts[place] = (ABORTED, DROP, TX)[number % 3]
                expected[leaves_at(bytes(22) + bytes(verdicts))] += size
                senders.append(bench.spawn(bench.peer, Sender, device, size, 0, *verdicts))
            assert [sender.wait(PATIENCE) for sender in senders] == [0] * 3
            found += places(trace)
        assert found <= expected, (found, expected)
        assert trace.lost == 3 * rounds * size - found.total(), (trace.lost, found)
        del expected[10, PASS]
        counted = {(number, verdict): component["counters"]["terminate"][name]
                   for number, component in enumerate(bench.chain(device)) for verdict, name in enumerate(VERDICTS)}
        assert +collections.Counter(counted) == expected, counted
        assert exported(bench) == (expected, 3 * rounds * size)
    print(f"# {3 * rounds * size} packets, {trace.lost} lost")


def test_a_journey_has_every_component_with_its_verdict(bench):
    device = bench.device()
    attach_all(bench, device, 3)
    with Trace(bench.first_daemon(), device, journey=True, snaplen=0) as trace:
        bench.send(device, 1, PASS, PASS, DROP)
        bench.send(device, 1, PASS, PASS, PASS)
        packets = collections.defaultdict(list)
        for record in trace.records():
            packets[record.packet].append((record.component, record.verdict, record.left()))
        dropped, passed = packets.values()
        assert dropped == [(NONE, NONE, False), (0, PASS, False), (1, PASS, False), (2, DROP, True)], dropped
        assert passed == [(NONE, NONE, False), (0, PASS, False), (1, PASS, False), (2, PASS, False),
                          (3, PASS, True)], passed


def test_a_journey_ends_at_a_component_that_never_proceeds(bench):
    device = bench.device()
    for number in range(2):
        bench.attach(f"verdict-{number}", "--dev", device, "--name", f"c{number}", "--prio", number,
                     *(("--proceed-on", "none") if number == 0 else ()))
    bench.quiet()
    with Trace(bench.first_daemon(), device, journey=True) as trace:
        bench.send(device, 1, PASS, DROP)
        assert [(record.component, record.verdict) for record in trace.records()] == [(NONE, NONE), (0, PASS)]


def test_several_traces_see_what_they_ask_for(bench):
    device = bench.device()
    attach_all(bench, device, 2)
    before = running_id(bench, device)
    daemon = bench.first_daemon()
    ours = [(0x28, 0, 0, 12), (0x15, 0, 1, 0x88b5), (0x6, 0, 0, 65535), (0x6, 0, 0, 0)]
    other = [(0x28, 0, 0, 12), (0x15, 1, 0, 0x88b5), (0x6, 0, 0, 65535), (0x6, 0, 0, 0)]
    with Trace(daemon, device, filter=ours, snaplen=300) as all_of_it, Trace(daemon, device, filter=other) as none, \
            Trace(daemon, device, verdicts=["drop", "aborted"]) as drops, \
            Trace(daemon, device, component="c1", journey=True) as second:
        bench.send(device, 4, DROP)
        bench.send(device, 3, PASS, DROP)
        bench.send(device, 2, PASS, PASS)
        assert len(all_of_it.records()) == 9 and none.records() == []
        assert [record.verdict for record in drops.records()] == [DROP] * 7
        found = [record for record in second.records() if record.left()]
        assert [record.component for record in found] == [1] * 3, found
        drops.close()
        bench.send(device, 4, DROP)
        assert wait_for(lambda: len(all_of_it.records()) == 4)
    back(bench, device, before)


def send_frames(bench, device, frames):
    """Sends these frames to the device from the other end of its cable."""
    with namespaces.entered(bench.peer), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((device, 0))
        for frame in frames:
            sender.send(frame)


def frame_of(length, verdict=DROP):
    head = b"\xff" * 6 + bytes(6) + b"\x88\xb5" + struct.pack("<Q", length) + bytes([verdict] * 8)
    return head + os.urandom(length - len(head))


def test_bytes_of_packets_of_every_length_are_copied(bench):
    device = bench.device()
    attach_all(bench, device, 1)
    frames = [frame_of(length) for length in (60, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025, 1514)]
    daemon = bench.first_daemon()
    with Trace(daemon, device, snaplen=65000) as whole, Trace(daemon, device, snaplen=100) as part, \
            Trace(daemon, device, snaplen=0) as none:
        send_frames(bench, device, frames)
        for trace, length in ((whole, 65000), (part, 100), (none, 0)):
            records = trace.records()
            assert [record.bytes for record in records] == [frame[:length] for frame in frames], length
            assert [record.length for record in records] == [len(frame) for frame in frames]


def test_bytes_of_multi_buffer_packets_are_copied(bench):
    if bench.kernel_older(5, 18):
        bench.skip("the kernel has multi-buffer XDP from 5.18 on")
    chain, policy = bench.device(), bench.device()
    bench.attach("kind-section-xdp_frags", "--dev", chain, "--name", "frags")
    bench.xdpctl("policy", "set", OBJECTS / "policy-frags.o", "--dev", policy)
    bench.quiet()
    frames = [frame_of(length) for length in (100, 4000, 9014)]
    for device in (chain, policy):
        for netns in (bench.netns, bench.peer):
            run("ip", "-n", netns, "link", "set", device, "mtu", "9000")
        with Trace(bench.first_daemon(), device, snaplen=65000) as trace:
            send_frames(bench, device, frames)
            assert [record.bytes for record in trace.records()] == frames


def test_records_that_have_no_room_are_counted(bench):
    device = bench.device()
    attach_all(bench, device, 1)
    with Trace(bench.first_daemon(), device) as trace:
        size = trace.state["buffer_bytes"]
        count = len(trace.buffers) * size // (48 + 128) + 1000
        for _ in range(2):
            lost = trace.lost
            bench.send(device, count, DROP)
            found = len(trace.records())
            assert found > 1000 and trace.lost - lost > 0 and found + trace.lost - lost == count, (found, trace.lost)
        assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 2 * count


def test_a_client_without_privileges_can_read_the_buffers(bench):
    device = bench.device()
    attach_all(bench, device, 1)
    with Trace(bench.first_daemon(), device, mapped=False) as trace:
        for fd in trace.fds[1:]:
            for offset in (PAGE, 2 * PAGE):
                try:
                    mmap.mmap(fd, PAGE, offset=offset)
                    assert False, "a client can change records"
                except PermissionError:
                    pass
        bench.send(device, 7, DROP)
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                trace.map()
                os._exit(len(trace.records()) + trace.lost)
            finally:
                os._exit(255)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_client_that_writes_nonsense_harms_only_its_own_trace(bench):
    device = bench.device()
    attach_all(bench, device, 2)
    count = 2000
    with Trace(bench.first_daemon(), device, snaplen=0) as hostile, Trace(bench.first_daemon(), device, snaplen=0) as good:
        positions = (1, 8, 2**31, 2**63, 2**64 - 1, 2**64 - 8, hostile.state["buffer_bytes"], 3)
        for position in positions:
            for buffer in hostile.buffers:
                buffer.consumer[:PAGE] = struct.pack("Q", position) * (PAGE // 8)
            bench.send(device, count, DROP)
            records = good.records()
            assert len(records) == count and good.lost == 0, (position, len(records))
            assert {(record.component, record.verdict) for record in records} == {(0, DROP)}, position
        assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == count * len(positions)
        bench.xdpctl("verify")


def test_one_packet_in_so_many_is_recorded(bench):
    device = bench.device()
    attach_all(bench, device, 1)
    count = int(40000 * max(SCALE, 0.5))
    with Trace(bench.first_daemon(), device, sample=10, snaplen=0) as trace:
        bench.send(device, count, DROP)
        found = len(trace.records())
        assert trace.lost == 0 and 0.07 < found / count < 0.13, (found, count)


def test_a_sample_is_chosen_at_random(bench):
    device = bench.device()
    attach_all(bench, device, 1)
    with Trace(bench.first_daemon(), device, sample=10, snaplen=22) as trace, \
            Trace(bench.first_daemon(), device, sample=10, snaplen=22) as other:
        bench.send(device, 2000, DROP)
        chosen, others = ([struct.unpack_from("<Q", record.bytes, 14)[0] for record in each.records()]
                          for each in (trace, other))
    # The next one is at most 19 packets later, unless packets went to another CPU in between.
    gaps = {after - before for before, after in zip(chosen, chosen[1:])}
    assert len(gaps) > 10 and set(range(1, 20)) & gaps, gaps
    assert chosen != others, "both traces have the same packets"


def test_a_trace_follows_changes_of_the_chain(bench):
    device = bench.device()
    attach_all(bench, device, 2)
    with Trace(bench.first_daemon(), device) as trace:
        bench.send(device, 2, DROP)
        bench.attach("verdict-5", "--dev", device, "--name", "first", "--prio", "0", "--before", "c0")
        assert trace.next()["generation"] == 3 and trace.names() == ["first", "c0", "c1"], trace.state
        bench.send(device, 3, DROP, PASS, PASS, PASS, PASS, PASS)
        bench.xdpctl("detach", "first", "--dev", device)
        assert trace.next()["generation"] == 4 and trace.names() == ["c0", "c1"], trace.state
        bench.send(device, 4, DROP)
        found = collections.Counter((record.generation, record.component) for record in trace.records())
        assert found == {(2, 0): 2, (3, 1): 3, (4, 0): 4}, found
        bench.quiet()
        bench.send(device, 1, DROP)
        assert wait_for(lambda: len(trace.records()) == 1)
        assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 10
        bench.xdpctl("suspend", "--dev", device)
        assert trace.next()["components"] == []
        bench.send(device, 1, DROP)
        assert [record.verdict for record in trace.records()] == [PASS]


def test_a_trace_follows_a_renamed_device(bench):
    device = bench.device()
    attach_all(bench, device, 1)
    with Trace(bench.first_daemon(), device, snaplen=0) as trace:
        before = trace.state
        bench.rename(bench.netns, device, "lan7")
        assert trace.next() == {**{key: before[key] for key in before if key not in ("buffers", "lost")},
                                "device": "lan7"}, trace.state
        running = running_id(bench, "lan7")
        bench.rename(bench.netns, "lan7", "lan8")
        assert trace.next()["device"] == "lan8", trace.state
        assert running_id(bench, "lan8") == running, "the rename led to another program"
        # The other end drops frames until it has noticed that the device is up again.
        assert wait_for(lambda: send_frames(bench, device, [frame_of(60)]) or trace.records())
        bench.attach("verdict-5", "--dev", "lan8", "--name", "next")
        assert trace.next()["generation"] == 2 and trace.state["device"] == "lan8", trace.state
        bench.xdpctl("release", "--dev", "lan8")
        assert trace.next()["ended"] == "xdpd no longer manages lan8", trace.state


def test_a_trace_ends_with_its_device_its_component_or_its_time(bench):
    device, other = bench.device(), bench.device()
    attach_all(bench, device, 2)
    attach_all(bench, other, 1)
    daemon = bench.first_daemon()
    with Trace(daemon, device, component="c1") as by_component, Trace(daemon, other) as by_device, \
            Trace(daemon, device, seconds=1) as by_time, Trace(daemon, device, seconds=0) as stays:
        assert "1 second" in by_time.next()["ended"] and not by_time.continues, by_time.state
        bench.delete(other)
        assert by_device.next()["ended"] == f"device {other} disappeared"
        bench.xdpctl("detach", "c1", "--dev", device)
        while not by_component.refusal:
            by_component.next()
        assert by_component.refusal == ("NoSuchComponent", f"{device} has no component 'c1'")
        assert stays.next()["generation"] == 3
        bench.xdpctl("release", "--dev", device)
        assert stays.next()["ended"] == f"xdpd no longer manages {device}"


def test_what_cannot_be_traced_is_refused_by_name(bench):
    device = bench.device()
    daemon = bench.first_daemon()
    assert refused(bench, "nosuch0") == ("NoSuchDevice", "no network device 'nosuch0'")
    attach_all(bench, device, 1)
    before = running_id(bench, device)
    assert refused(bench, device, component="x") == ("NoSuchComponent", f"{device} has no component 'x'")
    assert refused(bench, device, verdicts=[])[0] == "InvalidArgument"
    assert refused(bench, device, snaplen=65001)[0] == "InvalidArgument"
    assert refused(bench, device, filter=[(0x28, 0, 0, 12)])[0] == "InvalidArgument"
    traces = [Trace(daemon, device, snaplen=0) for _ in range(8)]
    assert refused(bench, device) == ("LimitExceeded",
                                      f"{device} is traced 8 times already; the maximum is 8")
    bench.send(device, 1, DROP)
    assert all(len(trace.records()) == 1 for trace in traces)
    for trace in traces:
        trace.close()
    back(bench, device, before)
    bench.attach("kind-proprietary", "--dev", device, "--name", "closed")
    if bench.kernel_older(5, 18):
        name, sentence = refused(bench, device)
        assert name == "Unsupported" and "not GPL-compatible" in sentence, sentence
    else:
        with Trace(daemon, device) as trace:
            bench.send(device, 1, DROP)
            assert len(trace.records()) == 1


def policy_with(bench, *components):
    """A device with a policy, and with a component in each of the slots of these names."""
    device = bench.device()
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device)
    for name, kind, slot in components:
        bench.attach(kind, "--dev", device, "--name", name, "--slot", slot)
    bench.quiet()
    return device


FIREWALL = ("fw", "verdict-0", "xdp_firewall_placeholder")
BY_LENGTH = ("measure", "for_slot", "by_length")


def test_a_policy_is_recorded_with_what_it_returns(bench):
    device = policy_with(bench, FIREWALL, BY_LENGTH)
    daemon, before = bench.first_daemon(), running_id(bench, device)
    ours = [(0x28, 0, 0, 12), (0x15, 0, 1, 0x88b5), (0x6, 0, 0, 65535), (0x6, 0, 0, 0)]
    other = [(0x28, 0, 0, 12), (0x15, 1, 0, 0x88b5), (0x6, 0, 0, 65535), (0x6, 0, 0, 0)]
    with Trace(daemon, device) as trace, Trace(daemon, device, filter=ours, snaplen=300) as whole, \
            Trace(daemon, device, filter=other) as none, \
            Trace(daemon, device, verdicts=["drop"], component="policy") as drops:
        assert running_id(bench, device) != before
        assert trace.state["policy"] and trace.names() == ["policy", "fw", "measure"]
        assert trace.state["components"][0]["program"] == "policy"
        assert all(component["object"].startswith("sha256:") for component in trace.state["components"])
        bench.send(device, 4, DROP)  # by the firewall
        bench.send(device, 3, PASS, DROP)  # by the other component
        bench.send(device, 2, PASS, PASS)
        bench.send(device, 1, TX)
        bench.send(device, 1, 200)  # not a verdict; the kernel drops the packet
        records = trace.records()
        found = collections.Counter((record.component, record.verdict) for record in records)
        assert found == {(0, DROP): 7, (0, PASS): 2, (0, TX): 1, (0, ABORTED): 1}, found
        assert all(record.left() and record.generation == 3 and record.length == 230 for record in records)
        assert {len(record.bytes) for record in records} == {128} and trace.lost == 0
        assert len({record.packet for record in records}) == 11
        assert [len(record.bytes) for record in whole.records()] == [230] * 11 and none.records() == []
        assert [record.verdict for record in drops.records()] == [DROP] * 7
        bench.xdpctl("verify")
    back(bench, device, before)
    bench.xdpctl("verify")


def test_what_is_not_known_of_a_policy_is_refused_by_name(bench):
    device = policy_with(bench, FIREWALL)
    before = running_id(bench, device)
    assert refused(bench, device, component="x") == ("NoSuchComponent", f"{device} has no component 'x'")
    name, sentence = refused(bench, device, component="fw")
    assert name == "Unsupported" and "only after its policy 'policy', never after 'fw'" in sentence, sentence
    assert running_id(bench, device) == before
    large = policy_with(bench, ("large", "kind-stack", "xdp_firewall_placeholder"))
    done = bench.try_xdpctl("trace", "--dev", large, "--count", 1)
    assert done.returncode == 1 and "with the instructions that trace it" in done.stderr, done
    assert "combined stack size of" in done.stderr, done


def journeys(trace):
    """For each packet, where it was recorded, in the order of time."""
    packets = collections.defaultdict(list)
    for record in trace.records():
        packets[record.packet].append((record.component, record.verdict, record.left()))
    return list(packets.values())


def test_a_journey_through_a_policy_has_what_its_components_return(bench):
    device, daemon = policy_with(bench, FIREWALL, BY_LENGTH), bench.first_daemon()
    arrives = (NONE, NONE, False)
    with Trace(daemon, device, journey=True, snaplen=0) as trace, Trace(daemon, device) as short, \
            Trace(daemon, device, journey=True, verdicts=["drop"], sample=1000000000) as sampled:
        bench.send(device, 1, DROP)
        bench.send(device, 1, PASS, TX)
        bench.send(device, 1, 200)  # not a verdict
        dropped, sent, wrong = journeys(trace)
        assert dropped == [arrives, (1, DROP, False), (0, DROP, True)], dropped
        assert sent == [arrives, (1, PASS, False), (2, TX, False), (0, TX, True)], sent
        assert wrong == [arrives, (1, NONE, False), (0, ABORTED, True)], wrong
        assert [(record.component, record.left()) for record in short.records()] == [(0, True)] * 3
        assert sampled.records() == []
        bench.xdpctl("detach", "fw", "--dev", device)
        assert trace.next()["generation"] == 4 and trace.names() == ["policy", "measure"], trace.state
        bench.send(device, 1, DROP, DROP)
        assert journeys(trace) == [[arrives, (1, DROP, False), (0, DROP, True)]]
        bench.xdpctl("detach", "measure", "--dev", device)
        assert trace.next()["generation"] == 5 and trace.names() == ["policy"], trace.state
        bench.send(device, 1, DROP, DROP)
        assert journeys(trace) == [[arrives, (0, PASS, True)]]
        bench.xdpctl("verify")


def test_a_trace_follows_a_policy_and_its_slots(bench):
    device = bench.device()
    attach_all(bench, device, 1)
    with Trace(bench.first_daemon(), device) as trace:
        bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--park", "--dev", device)
        assert trace.next()["generation"] == 2 and trace.names() == ["policy"], trace.state
        bench.send(device, 1, DROP)  # no slot is filled
        bench.attach("verdict-0", "--dev", device, "--name", "fw", "--slot", "xdp_firewall_placeholder")
        assert trace.next()["generation"] == 3
        bench.send(device, 2, DROP)
        bench.xdpctl("policy", "clear", "--park", "--dev", device)
        assert trace.next()["generation"] == 4 and trace.names() == ["c0"] and not trace.state["policy"], trace.state
        bench.send(device, 3, TX)
        found = collections.Counter((record.generation, record.component, record.verdict)
                                    for record in trace.records())
        assert found == {(2, 0, PASS): 1, (3, 0, DROP): 2, (4, 0, TX): 3}, found


def kill_while_traced(bench, device):
    """The next daemon makes the untraced program run again."""
    before, daemon = running_id(bench, device), bench.first_daemon()
    with Trace(daemon, device):
        daemon.kill()
        assert running_id(bench, device) != before
        daemon.start()
        assert running_id(bench, device) == before
    bench.xdpctl("verify")


def test_a_killed_daemon_leaves_the_untraced_policy(bench):
    device = policy_with(bench, FIREWALL)
    kill_while_traced(bench, device)


def test_policies_that_call_other_programs_are_traced(bench):
    """Their components call functions that the policy offers, or get its memory, or they make tail calls."""
    policies = {"offers-policy": [("offers-first", "first"), ("offers-second", "second")],
                "offers-pointing": [("offers-by_wish", "by_wish")], "policy-tail_call": [FIREWALL[1:]]}
    if bench.kernel_older(5, 12):
        del policies["offers-pointing"]
    for policy, components in policies.items():
        device = bench.device()
        bench.xdpctl("policy", "set", OBJECTS / f"{policy}.o", "--dev", device)
        for kind, slot in components:
            bench.attach(kind, "--dev", device, "--slot", slot)
        bench.quiet()
        with Trace(bench.first_daemon(), device) as trace, \
                Trace(bench.first_daemon(), device, journey=True) as journey:
            bench.send(device, 1, DROP, DROP)
            bench.send(device, 1, PASS, PASS)
            assert [record.verdict for record in trace.records()] == [DROP, PASS], policy
            for packet, verdict in zip(journeys(journey), (DROP, PASS), strict=True):
                assert packet[:2] == [(NONE, NONE, False), (1, verdict, False)], (policy, packet)
                assert packet[-1] == (0, verdict, True), (policy, packet)


def test_a_killed_daemon_leaves_the_untraced_chain(bench):
    device = bench.device()
    attach_all(bench, device, 2)
    before = running_id(bench, device)
    daemon = bench.first_daemon()
    sender = bench.sender(device, 1000000, DROP)
    kill_while_traced(bench, device)
    with Trace(daemon, device) as trace:
        assert wait_for(trace.records)
        daemon.stop()
    assert running_id(bench, device) == before
    daemon.start()
    sent = sender.stop()
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == sent
    assert "lost" not in bench.logs()


def test_a_chain_that_is_traced_without_its_record_is_found_by_its_pins(bench):
    device = bench.device()
    attach_all(bench, device, 2)
    before = running_id(bench, device)
    daemon = bench.first_daemon()
    with Trace(daemon, device):
        daemon.kill()
    for record in daemon.records():
        record.unlink()
    daemon.start()
    assert running_id(bench, device) == before
    assert bench.names(device) == ["c0", "c1"]


def test_adopted_devices_and_bound_components_are_traced(bench):
    if Bench.kernel_older(None, 6, 3):
        bench.skip("this kernel has no device-bound programs")
    device = bench.device()
    bench.attach("metadata-xdp", "--devbound", "--dev", device, "--name", "bound")
    bench.attach("verdict-0", "--dev", device, "--name", "last")
    with Trace(bench.first_daemon(), device) as trace:
        bench.send(device, 3, DROP)
        assert [record.verdict for record in trace.records()] == [DROP] * 3
    run("ip", "link", "set", "dev", (other := bench.device()), "xdp", "obj", OBJECTS / "verdict-1.o", "sec", "xdp")
    bench.xdpctl("adopt", "--dev", other)
    bench.attach("verdict-0", "--dev", other, "--name", "first", "--prio", "1")
    before = running_id(bench, other)
    with Trace(bench.first_daemon(), other) as trace:
        assert running_id(bench, other) != before
        bench.send(other, 2, DROP)
        bench.send(other, 3, PASS, DROP)
        found = collections.Counter((record.component, record.verdict) for record in trace.records())
        assert found == {(0, DROP): 2, (1, NONE): 3}, found
    back(bench, other, before)
