/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The start of `p2pscope run`, step by step. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "util/interfaces.h"
#include "util/listen.h"
#include "util/log.h"
#include "util/privileges.h"
#include "util/time.h"

#define DEFAULT_SESSIONS 131072
#define KEEP_ENDED_NS (3600 * NS_PER_S)
#define SECOND_MS 1000

/* Only root can become somebody else. */
static int find_account(struct daemon *daemon)
{
	return geteuid() == 0 ? privileges_account(daemon->options->user, &daemon->account) : 0;
}

static int listen_sockets(struct daemon *daemon)
{
	static const struct option_list fallback = {1, {DEFAULT_LISTEN}};
	const struct option_list *where =
		daemon->options->listen.count ? &daemon->options->listen : &fallback;
	int fd;

	for (size_t i = 0; i < where->count; i++) {
		fd = listen_tcp(where->items[i]);
		if (fd < 0)
			return fd;
		daemon->sockets[daemon->nsockets++] = fd;
	}
	fd = listen_unix(daemon->options->socket);
	if (fd < 0)
		return fd;
	daemon->sockets[daemon->nsockets++] = fd;
	return lstat(daemon->options->socket, &daemon->socket_file) ? -errno : 0;
}

static int load_programs(struct daemon *daemon)
{
	struct loader_options options = {.flows = daemon->options->flows};
	int err = loader_load(&daemon->loader, &options);

	if (err == -ENOENT)
		log_error("this kernel has no BTF (/sys/kernel/btf/vmlinux): it must be built with "
			  "CONFIG_DEBUG_INFO_BTF");
	else if (err == -EPERM)
		log_error("the kernel refuses to load the programs: run it as root; 'p2pscope "
			  "check' says what is missing");
	else if (err)
		log_error("loading the programs: %s; 'p2pscope check' says what is missing, "
			  "--verbose shows more",
			  strerror(-err));
	else if (!loader_has_conntrack(daemon->loader))
		log_warn("conntrack cannot be asked, mappings come from STUN alone: 'p2pscope "
			 "check' says what is missing");
	return err;
}

/* Without randomness so early after the start of the machine, the time has to do. */
static u64 new_instance(const struct live_clock *clock)
{
	u64 instance;

	if (getrandom(&instance, sizeof(instance), GRND_NONBLOCK) != sizeof(instance))
		instance = live_clock_now(clock);
	return instance;
}

static int start_engine(struct daemon *daemon)
{
	struct engine_limits limits = {.sessions = DEFAULT_SESSIONS,
				       .keep_ended_ns = KEEP_ENDED_NS};

	live_clock_start(&daemon->clock);
	limits.instance = new_instance(&daemon->clock);
	if (daemon->options->sessions)
		limits.sessions = (u32)daemon->options->sessions;
	daemon->engine = engine_new(&limits);
	if (!daemon->engine)
		return -ENOMEM;
	if (drop_reasons_read(&daemon->reasons))
		log_warn("this kernel does not say why it drops a packet: the cause is always "
			 "'drop'");
	else
		drop_reasons_announce(daemon->reasons, daemon->engine);
	return drop_counters_new(&daemon->drop_counters, daemon->reasons);
}

/* Without a shadow ruleset the daemon runs all the same. */
static int start_attribution(struct daemon *daemon)
{
	int err = attribution_start(&daemon->attribution, daemon->engine,
				    daemon->options->trace_live);

	if (err == -EPERM)
		log_warn("rules that drop packets cannot be identified: that needs CAP_SYS_ADMIN, "
			 "or "
			 "user namespaces");
	else if (err)
		log_warn("rules that drop packets cannot be identified: %s", strerror(-err));
	return 0;
}

static int start_source(struct daemon *daemon)
{
	int err =
		ring_open(&daemon->ring, loader_map_fd(daemon->loader, LOADER_EVENTS),
			  daemon->engine, &daemon->clock, daemon->reasons, on_event_taken, daemon);

	if (!err)
		err = sweep_open(&daemon->sweep, loader_map_fd(daemon->loader, LOADER_FLOWS),
				 daemon->engine, &daemon->clock);
	if (!err)
		err = conntrack_open(&daemon->conntrack,
				     loader_program_fd(daemon->loader, PROGRAM_CONNTRACK_LOOK),
				     daemon->engine);
	if (!err)
		err = broker_new(&daemon->broker, make_snapshot, daemon);
	return err;
}

/* Logs itself what is wrong. */
static int start_ids_log(struct daemon *daemon)
{
	const char *path = daemon->options->ids_log;

	return path ? ids_log_open(&daemon->ids_log, path, daemon->engine) : 0;
}

static int start_points(struct daemon *daemon)
{
	int err;

	daemon->watch_fd = interfaces_watch();
	if (daemon->watch_fd < 0)
		return daemon->watch_fd;
	err = points_new(&daemon->points, daemon->options, daemon->loader, daemon->engine);
	if (!err)
		err = points_refresh(daemon->points);
	if (err)
		return err;
	err = loader_watch_drops(daemon->loader);
	if (err)
		log_warn("packets that the kernel drops are not seen (%s): 'blocked here' rests on "
			 "what passes the interfaces alone",
			 strerror(-err));
	return 0;
}

static int start_loop(struct daemon *daemon)
{
	int err = loop_timer_new(daemon->loop, on_second, daemon, &daemon->second);

	if (!err)
		err = loop_timer_new(daemon->loop, on_slice, daemon, &daemon->slice);
	if (!err)
		err = loop_timer_new(daemon->loop, on_settled, daemon, &daemon->settle);
	if (!err)
		err = loop_watch(daemon->loop, ring_fd(daemon->ring), on_events, daemon);
	if (!err)
		err = loop_watch(daemon->loop, daemon->watch_fd, on_interfaces, daemon);
	if (!err)
		err = loop_watch(daemon->loop, broker_fd(daemon->broker), on_question, daemon);
	if (!err && daemon->attribution)
		err = loop_watch(daemon->loop, attribution_fd(daemon->attribution), on_answers,
				 daemon);
	if (!err)
		loop_timer_start(daemon->second, SECOND_MS, true);
	return err;
}

/* The default directory becomes the new user's, so that the socket can be removed at the end. */
static int become_user(struct daemon *daemon)
{
	const struct account *account = &daemon->account;
	int err;

	if (geteuid() == 0 && !strcmp(daemon->options->socket, DEFAULT_SOCKET) &&
	    chown("/run/p2pscope", account->uid, account->gid))
		log_debug("/run/p2pscope remains root's: %s", strerror(errno));
	err = privileges_drop(account);
	if (err)
		log_error("giving up privileges: %s", strerror(-err));
	return err;
}

/*
 * The threads of outputs take the sockets over, and start with what is left of the privileges. Says
 * itself what is wrong.
 */
static int start_outputs(struct daemon *daemon)
{
	struct output_setup setup = {
		.broker = daemon->broker, .sockets = daemon->sockets, .nsockets = daemon->nsockets};

	daemon->nsockets = 0;
	return outputs_start(&daemon->outputs, &setup);
}

/* Those without a name log themselves what is wrong. */
static const struct start_step {
	int (*fn)(struct daemon *daemon);
	const char *name;
} steps[] = {
	{listen_sockets, NULL},
	{load_programs, NULL},
	{start_engine, "starting the engine"},
	{start_attribution, NULL},
	{start_source, "opening the ring buffer"},
	{start_ids_log, NULL},
	{find_account, NULL},
	{start_points, NULL},
	{start_loop, "starting the main loop"},
	{become_user, NULL},
	{start_outputs, NULL},
};

int daemon_start(struct daemon *daemon)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int err = steps[i].fn(daemon);

		if (!err)
			continue;
		if (steps[i].name)
			log_error("%s: %s", steps[i].name, strerror(-err));
		return err;
	}
	return 0;
}
