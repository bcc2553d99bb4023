/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The network of a model gateway, for a ruleset whose interfaces are not on this machine, as where
 * a firewall is tested before it is installed.
 */
#ifndef P2PSCOPE_SHADOW_MODEL_H
#define P2PSCOPE_SHADOW_MODEL_H

#include "shadow/network.h"
#include "util/options.h"

/*
 * Makes `network` of the interfaces that `options` name, LANs first, each once. It forwards. LAN n
 * has 192.168.n.1/24 and 2001:db8:n::1/64, where n leaves out 5; the first WAN has 5.0.0.1/24 and
 * 2001:db8:5::1/64, the next ones 5.0.1.1/24 and 2001:db8:5:1::1/64 and so on. Default routes lead
 * through the first WAN. network_free() frees it. Returns 0 or -ENOMEM.
 */
int model_make(struct network *network, const struct options *options);

#endif
