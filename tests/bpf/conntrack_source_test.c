/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the daemon asks the kernel's conntrack once a second, with an engine that only records what
 * it is given.
 */
#include "../unit/suite.h"

#include "datapath.h"
#include "source/live/conntrack.h"

#define ENTRIES 100 /* more than a batch */

static struct gateway gateway;
static struct datapath datapath;

struct engine {
	struct conntrack_table table;
	u32 asked, found, none; /* of the last call */
	u64 left_ns; /* of the last entry found */
	bool unlike; /* an answer came with another question */
};

/* Every second entry is there; their ports tell which. */
size_t engine_conntrack_questions(struct engine *e, struct conntrack *questions, size_t room)
{
	size_t count = 0;

	for (; count < room && e->asked < ENTRIES; count++, e->asked++)
		questions[count] = (struct conntrack){.orig_src = ep(HOST4, (u16)(5000 + e->asked)),
						      .orig_dst = ep(PEER4, 5001),
						      .proto = PROTO_UDP};
	return count;
}

void engine_conntrack_answer(struct engine *e, const struct conntrack *question,
			     const struct conntrack *answer, u64 left_ns)
{
	bool there = !(question->orig_src.port & 1);

	e->unlike |= (answer->state == CONNTRACK_FOUND) != there;
	e->unlike |= !endpoint_equal(&question->orig_src, &answer->orig_src);
	if (answer->state == CONNTRACK_FOUND) {
		e->found++;
		e->left_ns = left_ns;
	} else {
		e->none++;
	}
}

void engine_conntrack_table(struct engine *e, const struct conntrack_table *table)
{
	e->table = *table;
}

static u32 number_in(const char *path)
{
	FILE *file = fopen(path, "r");
	u32 number = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%u", &number), 1);
	fclose(file);
	return number;
}

static void make_entries(void)
{
	assert_true(gateway_run(&gateway, GATEWAY,
				"for p in $(seq 5000 2 %d); do conntrack -I -p udp -s " HOST4
				" -d " PEER4
				" --sport $p --dport 5001 -t 600 || exit; done 2>/dev/null",
				5000 + ENTRIES - 1));
}

static void entries_and_how_long_they_have(void **state)
{
	struct conntrack_source *source;
	struct engine engine = {0};

	(void)state;
	make_entries();
	assert_int_equal(conntrack_open(&source,
					loader_program_fd(datapath.loader, PROGRAM_CONNTRACK_LOOK),
					&engine),
			 0);
	conntrack_poll(source);
	assert_int_equal(engine.asked, 0); /* a tick is not known yet */
	usleep(1000000);
	conntrack_poll(source);
	conntrack_close(source);
	assert_int_equal(engine.asked, ENTRIES);
	assert_int_equal(engine.found, ENTRIES / 2);
	assert_int_equal(engine.none, ENTRIES / 2);
	assert_false(engine.unlike);
	assert_in_range(engine.left_ns, 590000000000, 600000000000);
}

static void the_table(void **state)
{
	struct conntrack_source *source;
	struct engine engine = {0};

	(void)state;
	assert_int_equal(conntrack_open(&source, -1, &engine), 0);
	conntrack_poll(source);
	conntrack_close(source);
	assert_int_equal(engine.table.entries,
			 number_in("/proc/sys/net/netfilter/nf_conntrack_count"));
	assert_int_equal(engine.table.limit, number_in("/proc/sys/net/netfilter/nf_conntrack_max"));
	assert_true(engine.table.entries >= ENTRIES / 2 && engine.table.limit > 0);
	assert_int_equal(engine.asked, 0);
}

/* The columns are found by their names, are hexadecimal, and there is a line for each processor. */
static void what_the_table_had_no_room_for(void **state)
{
	char text[] = "entries  found drop early_drop expect_drop \n"
		      "0000000a  00000001 0000001f 00000002 00000009\n"
		      "0000000a  00000001 00000001 0000000f 00000009\n";
	struct conntrack_table table = {0};
	char nothing[] = "";

	(void)state;
	conntrack_stat_read(text, &table);
	assert_int_equal(table.drops, 0x20);
	assert_int_equal(table.early_drops, 0x11);
	conntrack_stat_read(nothing, &table);
	assert_int_equal(table.drops, 0x20);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_and_how_long_they_have),
		cmocka_unit_test(the_table),
		cmocka_unit_test(what_the_table_had_no_room_for),
	};
	int failed = 1;

	if (!gateway_make(&gateway))
		printf("not ok 1 - there is a gateway: %s\n", strerror(errno));
	else if (datapath_open(&datapath, &gateway))
		printf("not ok 1 - the programs watch it: %s\n", strerror(errno));
	else
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	datapath_close(&datapath);
	return failed != 0;
}
