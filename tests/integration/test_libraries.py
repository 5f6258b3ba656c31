# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Components made of several objects: linked, changed, and kept as long as they are needed."""
import hashlib

from harness import OBJECTS, SCALE, wait_for


def path(name):
    return OBJECTS / f"library-{name}.o"


def digest(name):
    return "sha256:" + hashlib.sha256(path(name).read_bytes()).hexdigest()


def stored(daemon):
    return ["sha256:" + path.name for path in daemon.objects()]


def attach(bench, device, *libraries, name="fw", user="user", slot=None, **more):
    links = [word for library in libraries for word in ("--link", path(library))]
    if slot:
        links += ["--slot", slot]
    return bench.attach(f"library-{user}", "--dev", device, "--name", name, *links, **more)


def relink(bench, library, new, **more):
    return bench.xdpctl("relink", library, path(new), **more)


def parsed(bench, component):
    return bench.map_value(component, "parsed")


def test_component_calls_its_library(bench):
    device = bench.device()
    attach(bench, device, "parser")
    bench.attach("verdict-1", "--dev", device, "--name", "next", "--prio", 60)
    bench.send(device, 5, 2, 2)
    bench.send(device, 3, 1, 2)
    component = bench.chain(device)[0]
    assert parsed(bench, component) == 8
    assert component["counters"]["terminate"]["drop"] == 3
    assert component["libraries"] == [{"name": "library-parser.o", "object": digest("parser")}]


def test_a_library_can_need_another_library(bench):
    device = bench.device()
    attach(bench, device, "wrapper", "really_parser")
    bench.send(device, 4, 2, 2, 1)
    component = bench.chain(device)[0]
    assert component["counters"]["terminate"]["drop"] == 4 and parsed(bench, component) == 4


def test_undefined_and_duplicate_functions_are_named_with_their_files(bench):
    device = bench.device()
    for libraries, words in (
            ((), ("library-user.o uses 'parse'", "--link")),
            (("wrapper",), ("library-wrapper.o uses 'really_parse'",
                            "name the object that defines it with --link")),
            (("parser", "parser_next"), ("library-parser.o and library-parser_next.o",
                                         "both define 'parse'")),
            (("proprietary",), ("library-user.o has the license 'GPL'",
                                "library-proprietary.o has 'Proprietary'")),
            (("broken",), ("the verifier rejects 'grants_wishes'",))):
        sentence = attach(bench, device, *libraries, expect=1)
        for word in words:
            assert word in sentence, sentence
    for file, word in ((OBJECTS / "kind-no_btf.o", "has no type information (BTF), which joining objects needs"), (__file__, "is not an ELF object")):
        sentence = bench.attach("library-user", "--dev", device, "--link", file, expect=1)
        assert word in sentence, sentence
    assert bench.status() == []


def test_libraries_are_known_by_content_after_restart_and_reboot(bench):
    device = bench.device()
    daemon = bench.daemon()
    attach(bench, device, "wrapper", "really_parser")
    before = bench.chain(device)
    daemon.kill()
    daemon.start()
    assert bench.chain(device) == before
    # Components that were not loaded again can be part of a new generation, too.
    bench.attach("verdict-1", "--dev", device, "--name", "next", "--prio", 60)
    bench.send(device, 3, 2, 2, 2)
    assert bench.chain(device)[1]["counters"]["run"] == 3
    daemon.kill()
    daemon.forget_the_kernel()
    daemon.start()
    after = bench.chain(device)[0]
    assert after["state"] == "running" and after["libraries"] == before[0]["libraries"]
    bench.send(device, 2, 2, 2, 1)
    assert parsed(bench, after) == 2


def test_the_store_keeps_a_library_as_long_as_it_is_used(bench):
    one, other = bench.device(), bench.device()
    daemon = bench.daemon()
    attach(bench, one, "parser")
    attach(bench, other, "parser", name="also")
    assert bench.chain(one)[0]["prog_id"] == bench.chain(other)[0]["prog_id"]
    both = sorted((digest("user"), digest("parser")))
    assert stored(daemon) == both
    bench.xdpctl("detach", "fw", "--dev", one)
    assert stored(daemon) == both
    attach(bench, one, "parser_next")
    bench.xdpctl("detach", "--all", "--dev", other)
    assert stored(daemon) == sorted((digest("user"), digest("parser_next")))
    bench.xdpctl("detach", "--all", "--dev", one)
    assert stored(daemon) == []


def test_relink_changes_exactly_the_users_of_a_library(bench):
    one, other, third = bench.device(), bench.device(), bench.device()
    daemon = bench.daemon()
    attach(bench, one, "parser")
    attach(bench, other, "parser")
    attach(bench, other, "wrapper", "really_parser", name="apart")
    attach(bench, third, "wrapper", "really_parser")
    bench.send(one, 4, 2, 2)
    before = {device: bench.chain(device) for device in (one, other, third)}
    said = relink(bench, "library-parser.o", "parser_next")
    assert f"{one}: fw relinked" in said and f"{other}: fw relinked" in said and third not in said
    for device in (one, other):
        after = bench.chain(device)[0]
        assert after["prog_id"] != before[device][0]["prog_id"]
        assert after["libraries"] == [{"name": "library-parser_next.o",
                                       "object": digest("parser_next")}]
    assert bench.chain(one)[0]["prog_id"] == bench.chain(other)[0]["prog_id"]
    assert bench.chain(other)[1]["prog_id"] == before[other][1]["prog_id"]
    assert bench.chain(third) == before[third]
    bench.send(one, 3, 2, 1)
    after = bench.chain(one)[0]
    assert after["counters"]["terminate"]["drop"] == 3 and after["counters"]["run"] == 7
    assert parsed(bench, after) == 7, "its maps go on"
    assert wait_for(lambda: digest("parser") not in stored(daemon))


def test_relink_by_content_changes_all_or_nothing(bench):
    one, other = bench.device(), bench.device()
    daemon = bench.daemon()
    attach(bench, one, "parser")
    attach(bench, other, "parser")
    before, objects = bench.status(), daemon.objects()
    for library, new, word in (
            ("library-parser.o", "broken", "'fw' on "),
            ("library-parser.o", "wrapper", "uses 'really_parse'"),
            ("library-parser.o", "parser", "that differs from this object"),
            ("nothing.o", "parser_next", "no component uses a library 'nothing.o'"),
            ("sha256:00", "parser_next", "no component uses a library 'sha256:00'")):
        sentence = relink(bench, library, new, expect=1)
        assert word in sentence, sentence
        assert bench.status() == before and daemon.objects() == objects
    relink(bench, digest("parser"), "parser_next")
    assert all(device["components"][0]["libraries"][0]["name"] == "library-parser_next.o"
               for device in bench.status())


def test_relink_reaches_policies_and_the_components_in_their_slots(bench):
    device, other = bench.device(), bench.device()
    daemon = bench.daemon()

    bench.xdpctl("policy", "set", path("policy"), "--dev", device, "--link", path("parser"))
    attach(bench, device, "parser", slot="xdp_firewall_placeholder")
    attach(bench, other, "wrapper", "really_parser")
    before = bench.chain(other)
    assert bench.arrive(device, 4, 2, 1) == 4 and bench.arrive(device, 4, 1, 2) == 0
    state = bench.status()
    sentence = relink(bench, "library-parser.o", "broken", expect=1)
    assert f"'policy' on {device}: " in sentence and bench.status() == state, sentence
    said = relink(bench, "library-parser.o", "parser_next")
    assert f"{device}: fw, policy relinked" in said, said
    assert bench.arrive(device, 4, 2, 1) == 0 and bench.arrive(device, 4, 1, 2) == 4
    assert bench.chain(other) == before
    assert wait_for(lambda: digest("parser") not in stored(daemon))
    bench.xdpctl("detach", "fw", "--dev", device)
    relink(bench, "library-parser_next.o", "parser")
    assert bench.arrive(device, 4, 2, 1) == 4 and bench.arrive(device, 4, 1, 2) == 0
    bench.xdpctl("verify")


def test_relink_changes_parked_and_running_components(bench):
    device, other = bench.device(), bench.device()
    daemon = bench.daemon()
    for name in (device, other):
        bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", name)
        attach(bench, name, "parser", slot="xdp_firewall_placeholder")
    bench.send(device, 4, 2, 2)
    seen = parsed(bench, bench.chain(device)[0])
    bench.xdpctl("policy", "clear", "--dev", device, "--park")
    before, objects = bench.status(), daemon.objects()
    sentence = relink(bench, "library-parser.o", "broken", expect=1)
    assert "'fw' on " in sentence and "verifier" in sentence, sentence
    assert bench.status() == before and daemon.objects() == objects
    said = relink(bench, "library-parser.o", "parser_next")
    assert f"{device}: fw relinked" in said and f"{other}: fw relinked" in said, said
    assert bench.chain(device)[0]["state"] == "parked"
    assert wait_for(lambda: digest("parser") not in stored(daemon))
    daemon.kill()
    daemon.start()
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device)
    for name in (device, other):
        (after,) = bench.chain(name)
        assert after["state"] == "running", after
        assert after["libraries"] == [{"name": "library-parser_next.o",
                                       "object": digest("parser_next")}]
    bench.send(device, 3, 2, 1)
    assert parsed(bench, bench.chain(device)[0]) == seen + 3, "its maps go on"


def test_relink_under_traffic_loses_no_packet_and_no_count(bench):
    device = bench.device()
    attach(bench, device, "parser")
    count = int(20000 * SCALE) + 2000
    sender = bench.sender(device, count, 2, 2)
    for turn in range(6):
        before, new = ("parser_next", "parser") if turn % 2 else ("parser", "parser_next")
        relink(bench, f"library-{before}.o", new)
    assert sender.wait() == 0
    component = bench.chain(device)[0]
    assert component["counters"]["run"] == count and parsed(bench, component) == count
