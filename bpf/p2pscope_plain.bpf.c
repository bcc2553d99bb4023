/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The same programs for where conntrack cannot be asked: there is none, its module is not loaded,
 * or there is no right to look into modules (CAP_SYS_ADMIN). Weak symbols would not do: libbpf
 * looks for them in modules all the same.
 */
#define WITHOUT_CONNTRACK
#include "p2pscope.bpf.c"
