/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The same programs for kernels where conntrack cannot be asked: it is not there, its module is not
 * loaded, or the loader may not look into modules (CAP_SYS_ADMIN). Weak symbols would not do, as
 * libbpf looks for them in modules all the same.
 */
#define WITHOUT_CONNTRACK
#include "p2pscope.bpf.c"
