// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/*
 * Compiles an expression of pcap-filter(7) for Ethernet to the form in which Trace takes it: classic BPF in
 * base64; the caller frees it. NULL: libpcap refused it, and `*ret_problem` has its words, which the caller
 * frees.
 */
char *expression_compile(const char *expression, char **ret_problem);
