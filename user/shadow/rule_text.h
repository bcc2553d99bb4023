/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the text of a rule says, as nft(8) or iptables-save(8) writes it. The functions only parse
 * text: any bytes may be in it, but a NUL must follow it somewhere.
 */
#ifndef P2PSCOPE_SHADOW_RULE_TEXT_H
#define P2PSCOPE_SHADOW_RULE_TEXT_H

#include "shadow/span.h"

/*
 * Returns whether a rule or a policy with that text can keep a packet from passing: it drops,
 * rejects or queues it. The verdicts in a named map are not looked up.
 */
bool rule_text_can_drop(struct span text);

/*
 * Writes the text in one line, with single blanks and without the numbers that its counter shows,
 * into `out` of `size` bytes. What does not fit is cut off.
 */
void rule_text_write(char *out, size_t size, const struct span *text);

/*
 * Returns whether a rule with a queue gives a packet to the same queue each time. Out of a range
 * the kernel chooses by the addresses, but with `fanout` by the processor; an expression may name
 * any queue.
 */
bool rule_text_queue_is_fixed(const char *text);

#endif
