# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""How each component is joined to the program: inlined if possible, and otherwise why not."""
import json

from harness import run


def fused(bench, device):
    if next(state for state in bench.status() if state["ifname"] == device)["linker"] != "fused":
        bench.skip("components are extensions with this linker")


def xdp_program(bench, device):
    state = next(state for state in bench.status() if state["ifname"] == device)
    return run("bpftool", "prog", "dump", "xlated", "id", state["rootlet"]["prog_id"],
               "linum").stdout


def test_extensions_are_shown_as_extensions(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    if bench.status()[0]["linker"] == "fused":
        bench.skip("there are no extensions with this linker")
    (component,) = bench.chain(device)
    assert component["join"] == "extension" and component["why"], component


def test_plain_components_are_inlined(bench):
    device = bench.device()
    kinds = ["plain", "static_subprogram", "global_subprogram", "maps", "global_data", "core",
             "adjust", "proprietary"]
    bench.attach("kind-plain", "--dev", device, "--name", "plain")
    fused(bench, device)
    for kind in kinds[1:]:
        bench.attach(f"kind-{kind}", "--dev", device, "--name", kind)
    assert {c["name"]: c["join"] for c in bench.chain(device)} == dict.fromkeys(kinds, "inlined")


def test_components_that_need_their_own_frame_are_called_and_the_reason_is_shown(bench):
    device = bench.device()
    bench.attach("verdict-1", "--dev", device, "--name", "first")
    fused(bench, device)
    reasons = {"tail_call": "tail calls", "loop": "callbacks", "timer": "callbacks"}
    for kind in reasons:
        bench.attach(f"kind-{kind}", "--dev", device, "--name", kind)
    bench.attach("verdict-1", "--dev", device, "--name", "last")
    chain = {component["name"]: component for component in bench.chain(device)}
    for kind, reason in reasons.items():
        assert chain[kind]["join"] == "called" and reason in chain[kind]["why"], chain[kind]
    assert chain["first"]["join"] == chain["last"]["join"] == "inlined"
    assert "tail_call is called, not inlined: it makes tail calls" in bench.xdpctl("status")


def test_a_component_with_a_large_frame_is_called_if_another_needs_the_stack(bench):
    device = bench.device()
    bench.attach("kind-stack", "--dev", device, "--name", "large")
    fused(bench, device)
    assert bench.chain(device)[0]["join"] == "inlined"
    bench.attach("kind-tail_call", "--dev", device, "--name", "tail")  # at most 256 bytes in the frames above it
    (large, _) = bench.chain(device)
    assert large["join"] == "called" and "stack" in large["why"], large
    bench.send(device, 3, 1)
    assert bench.chain(device)[0]["counters"]["terminate"]["drop"] == 3


def test_exceptions_that_would_end_the_chain_are_refused_by_name(bench):
    if bench.kernel_older(6, 8):
        bench.skip("the kernel has exceptions from 6.8 on")
    device = bench.device()
    bench.attach("verdict-1", "--dev", device, "--name", "first")
    fused(bench, device)
    refusal = bench.attach("kind-throw", "--dev", device, expect=1)
    assert "bpf_throw" in refusal and "'kind'" in refusal, refusal
    assert bench.names(device) == ["first"]


def test_objects_of_own_types_are_refused_by_name_in_a_fused_chain(bench):
    """Extensions keep their types, and a chain with them is not fused."""
    if bench.kernel_older(6, 3):
        bench.skip("the kernel makes objects from 6.3 on")
    device = bench.device()
    bench.attach("verdict-1", "--dev", device, "--name", "first")
    linker = json.loads(bench.xdpctl("features", "--json"))["linker"]
    if linker == "fused":
        refusal = bench.attach("kind-objects", "--dev", device, expect=1)
        assert "'kind' allocates objects of its own types (bpf_obj_new)" in refusal, refusal
        assert bench.names(device) == ["first"]
        return
    bench.attach("kind-objects", "--dev", device, "--name", "objects", "--prio", "10")
    assert bench.quiet()
    bench.send(device, 3, 2, 2)
    bench.send(device, 2, 1)
    counters = {entry["name"]: entry["counters"] for entry in bench.chain(device)}
    assert counters["objects"]["proceed"] == 3 and counters["objects"]["terminate"]["drop"] == 2
    if linker == "tiered":
        assert "bpf_obj_new" in bench.xdpctl("status")


def test_the_dump_of_the_program_names_components_and_source_lines(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "mine")
    fused(bench, device)
    bench.attach("kind-static_subprogram", "--dev", device, "--name", "other")
    dump = xdp_program(bench, device)
    for words in ("mine: test the verdict", "other: run", "frame->verdict[place]", "common.h",
                  "int inner(struct xdp_md * ctx, int place)"):
        assert words in dump, dump


def test_verified_instructions_are_the_sum_of_the_parts(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "c0")
    fused(bench, device)
    alone = bench.status()[0]["rootlet"]["verified"]
    if not alone:
        bench.skip("the kernel does not tell")
    for number in range(1, 16):
        bench.attach("verdict-0", "--dev", device, "--name", f"c{number}")
    state = bench.status()[0]
    parts = sum(component["verified"] for component in state["components"])
    assert state["rootlet"]["verified"] <= 2 * (parts + alone), state
