# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A device can have 32 components; one more is refused, and the message names the limit."""


def test_at_most_thirty_two_components(bench):
    device = bench.device()
    for number in range(32):
        bench.attach("verdict-0" if number < 31 else "verdict-1", "--dev", device, "--name",
                     f"c{number}", "--proceed-on", "pass")
    assert "32" in bench.attach("verdict-0", "--dev", device, "--name", "more", expect=1)
    assert len(bench.names(device)) == 32
    receiver = bench.receiver(device, 5)
    bench.send(device, 5, 2, 2)
    bench.send(device, 4, 2, 1)
    bench.send(device, 3, 1, 2)
    assert receiver.result() == 5
    chain = bench.chain(device)
    assert chain[0]["counters"]["terminate"]["drop"] == 3
    assert chain[31]["counters"]["run"] == 9
    assert chain[31]["counters"]["terminate"]["drop"] == 4
    assert chain[31]["counters"]["proceed"] == 5


def test_too_many_maps_for_a_fused_chain_are_refused(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    if bench.status()[0]["linker"] != "fused":
        bench.skip("only one program of many components meets the kernel's limit of 64 maps")
    for number in range(6):
        bench.attach("kind-maps", "--dev", device, "--name", f"c{number}")
    sentence = bench.attach("kind-maps", "--dev", device, "--name", "more", expect=1)
    assert "64" in sentence.splitlines()[0], sentence
    assert len(bench.names(device)) == 7
