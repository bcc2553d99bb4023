/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "attribution/attribution.h"
#include "attribution/helper.h"
#include "attribution/protocol.h"
#include "shadow/process.h"
#include "util/log.h"
#include "util/time.h"
#include "p2pscope/event.h"

#define OUTSTANDING 64 /* questions that the helper has at a time */
#define WAITING 512 /* drops that wait for their turn */
#define START_MS 10000
#define QUESTIONS_PER_SECOND 100
#define QUESTION_NS (NS_PER_S / QUESTIONS_PER_SECOND)
/* Many calls can be blocked in one moment, by a rule that was just added. */
#define SAVED_MOST (OUTSTANDING + WAITING)
#define RULES_NS (10 * NS_PER_S) /* between two questions for the rules */

#define FORGET_NS (10 * NS_PER_S)
#define RECENT_DROPS 4096

/*
 * Drops whose rule was asked for lately. A flow has one slot, by its tag; another flow with the
 * same slot takes it over, and the first may be asked for again.
 */
struct recent_drops {
	struct recent_drop {
		struct flow_key key;
		/* enum msg_class, enum direction: another class or direction is another rule's */
		u8 cls, dir;
		u64 time_ns; /* 0: unused */
	} slots[RECENT_DROPS];
};

/* A question without an answer yet. */
struct pending_question {
	u32 serial; /* 0: there is none */
	u64 wanted_by; /* rule_wanted.by of the drop */
	struct event drop;
};

/* The rules that can drop packets, as the helper lists them one by one. */
struct rule_listing {
	u32 serial; /* of the question whose answers are not complete; 0: there is none */
	u32 generation; /* of the ruleset that was listed last */
	u64 asked_ns;
	size_t count;
	struct rule rules[RULES_MAX];
};

struct attribution {
	struct engine *engine;
	pid_t helper; /* 0: it has ended */
	int socket;
	u32 serial;
	u64 saved_ns; /* saved packet time; a question costs QUESTION_NS of it */
	u64 last_ns; /* packet time up to which it was saved */
	struct pending_question pending[OUTSTANDING];
	struct event waiting[WAITING]; /* the one that came first is first */
	size_t nwaiting;
	struct recent_drops recent_drops;
	struct rule_listing listing;
	struct attribution_counts counts;
};

static u32 recent_drop_slot(const struct event *drop)
{
	return (flow_tag(&drop->key) + 2u * drop->cls + drop->dir) % RECENT_DROPS;
}

static bool recently_asked(const struct recent_drops *recent_drops, const struct event *drop)
{
	const struct recent_drop *slot = &recent_drops->slots[recent_drop_slot(drop)];

	return slot->time_ns && drop->time_ns - slot->time_ns < FORGET_NS &&
	       slot->cls == drop->cls && slot->dir == drop->dir &&
	       !memcmp(&slot->key, &drop->key, sizeof(slot->key));
}

static void remember_drop(struct recent_drops *recent_drops, const struct event *drop)
{
	recent_drops->slots[recent_drop_slot(drop)] = (struct recent_drop){
		.key = drop->key, .cls = drop->cls, .dir = drop->dir, .time_ns = drop->time_ns};
}

static int wait_for_helper(struct attribution *attribution)
{
	struct helper_answer hello;
	int err = process_receive(attribution->socket, &hello, sizeof(hello), START_MS);

	return err ? err : hello.error;
}

int attribution_start(struct attribution **out, struct engine *engine, bool live)
{
	struct attribution *attribution = calloc(1, sizeof(*attribution));
	pid_t pid;
	int err;

	if (!attribution)
		return -ENOMEM;
	attribution->engine = engine;
	pid = process_start(helper_serve, &live, &attribution->socket);
	err = pid < 0 ? pid : 0;
	if (!err) {
		attribution->helper = pid;
		err = wait_for_helper(attribution);
	}
	if (err) {
		attribution_stop(attribution);
		return err;
	}
	*out = attribution;
	return 0;
}

void attribution_stop(struct attribution *attribution)
{
	if (!attribution)
		return;
	if (attribution->helper)
		process_end(attribution->helper, attribution->socket);
	free(attribution);
}

int attribution_fd(const struct attribution *attribution)
{
	return attribution->socket;
}

const struct attribution_counts *attribution_counts(const struct attribution *attribution)
{
	return &attribution->counts;
}

static struct pending_question *find_pending(struct attribution *attribution, u32 serial)
{
	for (size_t i = 0; i < OUTSTANDING; i++)
		if (attribution->pending[i].serial == serial)
			return &attribution->pending[i];
	return NULL;
}

/* Packet time may jump, but no more of it is saved than SAVED_MOST questions cost. */
static void save_time(struct attribution *attribution, u64 time_ns)
{
	if (time_ns > attribution->last_ns) {
		attribution->saved_ns += time_ns - attribution->last_ns;
		attribution->last_ns = time_ns;
	}
	if (attribution->saved_ns > SAVED_MOST * QUESTION_NS)
		attribution->saved_ns = SAVED_MOST * QUESTION_NS;
}

/* Returns the question's serial, or 0 when it cannot be sent now. */
static u32 send_question(struct attribution *attribution, struct helper_question *question)
{
	if (!++attribution->serial)
		attribution->serial = 1;
	question->serial = attribution->serial;
	if (send(attribution->socket, question, sizeof(*question), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return 0;
	return question->serial;
}

static u32 send_drop(struct attribution *attribution, const struct drop_info *drop)
{
	struct helper_question question = {
		.kind = QUESTION_DROP,
		.dropped = {.came_in = drop->came_in,
			    .mark = drop->mark,
			    .packet_len = drop->packet_len,
			    .packet_have = drop->packet_have},
	};

	memcpy(question.dropped.packet, drop->packet, sizeof(question.dropped.packet));
	return send_question(attribution, &question);
}

/* Returns whether the helper is being asked for the rule that this drop is to tell, too. */
static bool is_being_asked(const struct attribution *attribution, u64 wanted_by)
{
	for (size_t i = 0; wanted_by && i < OUTSTANDING; i++)
		if (attribution->pending[i].serial &&
		    attribution->pending[i].wanted_by == wanted_by)
			return true;
	return false;
}

/*
 * Returns the place of the drop whose turn it is, `nwaiting` when none may be asked for now: of
 * many that are blocked in one moment each session gets its rule before any is asked for again.
 */
static size_t next_waiting(const struct attribution *attribution)
{
	size_t next = attribution->nwaiting;

	for (size_t i = 0; i < attribution->nwaiting; i++) {
		struct rule_wanted wanted =
			engine_rule_wanted(attribution->engine, &attribution->waiting[i]);

		if (wanted.known ? next < attribution->nwaiting
				 : is_being_asked(attribution, wanted.by))
			continue;
		next = i;
		if (!wanted.known)
			break;
	}
	return next;
}

static void forget_waiting(struct attribution *attribution, size_t place)
{
	attribution->nwaiting--;
	memmove(&attribution->waiting[place], &attribution->waiting[place + 1],
		(attribution->nwaiting - place) * sizeof(attribution->waiting[0]));
}

/* Returns whether the helper was asked, and may be asked for another one. */
static bool ask_next(struct attribution *attribution)
{
	struct pending_question *pending = find_pending(attribution, 0);
	size_t place;

	if (!attribution->nwaiting || !pending || attribution->saved_ns < QUESTION_NS)
		return false;
	place = next_waiting(attribution);
	if (place == attribution->nwaiting)
		return false;
	pending->wanted_by =
		engine_rule_wanted(attribution->engine, &attribution->waiting[place]).by;
	pending->serial = send_drop(attribution, &attribution->waiting[place].drop);
	if (!pending->serial)
		return false;
	pending->drop = attribution->waiting[place];
	attribution->saved_ns -= QUESTION_NS;
	forget_waiting(attribution, place);
	return true;
}

static void ask_waiting(struct attribution *attribution, u64 now_ns)
{
	save_time(attribution, now_ns);
	while (ask_next(attribution))
		;
}

/* When there is no room, the flow's next drop is asked for instead. */
static void ask_helper(struct attribution *attribution, const struct event *drop)
{
	if (attribution->nwaiting == WAITING) {
		attribution->counts.put_off++;
		return;
	}
	attribution->waiting[attribution->nwaiting++] = *drop;
	remember_drop(&attribution->recent_drops, drop);
	ask_waiting(attribution, drop->time_ns);
}

static void say_no_shadow(struct attribution *attribution, const struct event *drop)
{
	engine_rule(attribution->engine, drop, NULL, NOT_QUEUED, "no shadow");
}

void attribution_ask(struct attribution *attribution, const struct event *drop)
{
	if (recently_asked(&attribution->recent_drops, drop))
		return;
	if (attribution->helper) {
		ask_helper(attribution, drop);
	} else {
		remember_drop(&attribution->recent_drops, drop);
		say_no_shadow(attribution, drop);
	}
}

void attribution_tick(struct attribution *attribution, u64 now_ns)
{
	struct rule_listing *listing = &attribution->listing;
	struct helper_question question = {.kind = QUESTION_RULES,
					   .generation = listing->generation};

	if (attribution->helper)
		ask_waiting(attribution, now_ns);
	if (!attribution->helper || listing->serial || now_ns < listing->asked_ns + RULES_NS)
		return;
	listing->asked_ns = now_ns;
	listing->count = 0;
	listing->serial = send_question(attribution, &question);
}

static void lose_helper(struct attribution *attribution)
{
	log_warn("the helper that finds rules has ended: which rule drops a packet is not told any "
		 "more");
	process_end(attribution->helper, attribution->socket);
	attribution->helper = 0;
	for (size_t i = 0; i < OUTSTANDING; i++)
		if (attribution->pending[i].serial)
			say_no_shadow(attribution, &attribution->pending[i].drop);
	for (size_t i = 0; i < attribution->nwaiting; i++)
		say_no_shadow(attribution, &attribution->waiting[i]);
	memset(attribution->pending, 0, sizeof(attribution->pending));
	attribution->nwaiting = 0;
}

/* Takes one rule, or the end of the list; an unchanged ruleset is not listed again. */
static void take_rule_listing(struct attribution *attribution, const struct helper_answer *answer)
{
	struct rule_listing *listing = &attribution->listing;

	if (!answer->ends) {
		if (listing->count < RULES_MAX)
			listing->rules[listing->count++] = answer->rule;
		return;
	}
	listing->serial = 0;
	if (answer->error || answer->generation == listing->generation)
		return;
	listing->generation = answer->generation;
	engine_rules(attribution->engine, listing->rules, listing->count, answer->left_out);
}

static void count_answer(struct attribution_counts *counts, const struct helper_answer *answer,
			 u64 dropped_ns, u64 now_ns)
{
	if (!answer->found) {
		counts->unknown++;
		return;
	}
	counts->named++;
	if (now_ns > dropped_ns)
		counts->seconds += (double)(now_ns - dropped_ns) / 1e9;
}

static void take_answer(struct attribution *attribution, const struct helper_answer *answer,
			u64 now_ns)
{
	struct pending_question *pending =
		answer->serial ? find_pending(attribution, answer->serial) : NULL;

	if (!pending)
		return;
	pending->serial = 0;
	count_answer(&attribution->counts, answer, pending->drop.time_ns, now_ns);
	engine_rule(attribution->engine, &pending->drop, answer->found ? &answer->rule : NULL,
		    answer->queue, answer->found ? NULL : answer->why_not);
}

void attribution_take(struct attribution *attribution, u64 now_ns)
{
	struct helper_answer answer;
	ssize_t length;

	while (attribution->helper) {
		length = recv(attribution->socket, &answer, sizeof(answer), MSG_DONTWAIT);
		if (length < 0 && errno == EAGAIN)
			break;
		if (length == sizeof(answer) && answer.serial &&
		    answer.serial == attribution->listing.serial)
			take_rule_listing(attribution, &answer);
		else if (length == sizeof(answer))
			take_answer(attribution, &answer, now_ns);
		else if (length >= 0 || errno != EINTR)
			lose_helper(attribution);
	}
	if (attribution->helper)
		ask_waiting(attribution, now_ns);
}
