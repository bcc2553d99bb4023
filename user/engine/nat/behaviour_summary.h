/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the observations of NATs amount to, in the terms of RFC 4787. */
#ifndef P2PSCOPE_ENGINE_NAT_BEHAVIOUR_SUMMARY_H
#define P2PSCOPE_ENGINE_NAT_BEHAVIOUR_SUMMARY_H

#include "engine/nat/nat_view.h"
#include "engine/nat/profile.h"

/*
 * Fills `view` from a profile. A property stays undetermined until enough observations agree; what
 * the NAT is shown not to do is then in `excluded`.
 */
void behaviour_view(const struct nat_profile *profile, struct nat_view *view);

#endif
