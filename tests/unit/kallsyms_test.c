/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of kernel functions, by a list as the kernel writes it. */
#include "suite.h"

#include <errno.h>
#include <unistd.h>

#include "source/live/kallsyms.h"

static char path[] = "/tmp/p2pscope-symbols-XXXXXX";

/* Not in order, as modules come behind the kernel itself. */
static const char text[] = "ffffffff81000000 T _text\n"
			   "ffffffff81e64e60 t __netif_receive_skb_core.constprop.0\n"
			   "ffffffff81e65000 T netif_receive_skb\n"
			   "ffffffff81e65000 D nf_hook_slow\n"
			   "ffffffff81ff8000 T alias_of_ip_forward\n"
			   "ffffffff81ff8000 T ip_forward\n"
			   "ffffffff81ff8000 T zalias_of_ip_forward\n"
			   "ffffffff81ff8400 t ip_forward_finish\n"
			   "ffffffff81ff8500 T ip_rcv_core\n"
			   "ffffffff81ff8600 W ip_rcv_finish\n"
			   "ffffffffc0402000 t nfqnl_reinject\t[nfnetlink_queue]\n"
			   "ffffffffc0402100 t nfqnl_something\t[nfnetlink_queue]\n"
			   "ffffffffc0300000 t nft_do_chain\t[nf_tables]\n"
			   "ffffffffc0300800 t nft_do_chain_inet\t[nf_tables]\n";

static void write_kallsyms(const char *list)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(list, file);
	assert_int_equal(fclose(file), 0);
}

static struct kallsyms *read_kallsyms(const char *list)
{
	struct kallsyms *symbols = NULL;

	write_kallsyms(list);
	assert_int_equal(kallsyms_open(&symbols, path), 0);
	return symbols;
}

static void addresses_have_the_names_of_their_functions(void **state)
{
	static const struct {
		u64 address;
		const char *name;
	} rows[] = {
		{0xffffffff81e64e60, "__netif_receive_skb_core"},
		{0xffffffff81e64fff, "__netif_receive_skb_core"},
		{0xffffffff81ff8000, "ip_forward"},
		{0xffffffff81ff83ff, "ip_forward"},
		{0xffffffff81ff8500, "ip_rcv_core"},
		{0xffffffff81ff8600, "ip_rcv_finish"},
		{0xffffffffc0402081, "nfqnl_reinject"},
		{0xffffffffc0300001, "nft_do_chain"},
	};
	struct kallsyms *symbols = read_kallsyms(text);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(kallsyms_name(symbols, rows[i].address), rows[i].name);
	kallsyms_close(symbols);
}

static void other_addresses_have_none(void **state)
{
	static const u64 rows[] = {
		0,
		1,
		0xffffffff80ffffff,
		0xffffffff81000001,
		0xffffffff81e65000,
		0xffffffff81ff8400,
		0xffffffffc0402100,
		0xffffffffc0300800,
		0xffffffffffffffff,
	};
	struct kallsyms *symbols = read_kallsyms(text);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_null(kallsyms_name(symbols, rows[i]));
	assert_null(kallsyms_name(NULL, rows[0]));
	kallsyms_close(symbols);
}

/* kernel.kptr_restrict */
static void hidden_addresses_have_none(void **state)
{
	struct kallsyms *symbols =
		read_kallsyms("0000000000000000 T _text\n0000000000000000 T ip_forward\n");

	(void)state;
	assert_null(kallsyms_name(symbols, 0));
	assert_null(kallsyms_name(symbols, 0xffffffff81ff8000));
	kallsyms_close(symbols);
}

static void malformed_lists_are_survived(void **state)
{
	static const char *const rows[] = {"",
					   "\n",
					   "nonsense",
					   "ffffffff81ff8000",
					   "ffffffff81ff8000 ",
					   "ffffffff81ff8000 T",
					   "ffffffff81ff8000 T ",
					   "ffffffff81ff8000 T \n"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kallsyms *symbols = read_kallsyms(rows[i]);

		assert_null(kallsyms_name(symbols, 0xffffffff81ff8000));
		kallsyms_close(symbols);
	}
}

static void a_module_comes_later(void **state)
{
	struct kallsyms *symbols = read_kallsyms("ffffffff81ff8000 T ip_forward\n");

	(void)state;
	/* the last one has no end */
	assert_string_equal(kallsyms_name(symbols, 0xffffffffc0402000), "ip_forward");
	write_kallsyms(text);
	assert_int_equal(kallsyms_refresh(symbols), 0);
	assert_string_equal(kallsyms_name(symbols, 0xffffffffc0402000), "nfqnl_reinject");
	kallsyms_close(symbols);
}

static void a_missing_list_names_nothing(void **state)
{
	struct kallsyms *symbols = NULL;

	(void)state;
	assert_int_equal(kallsyms_open(&symbols, "/proc/self/nothing"), -ENOENT);
	assert_null(symbols);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_the_names_of_their_functions),
		cmocka_unit_test(other_addresses_have_none),
		cmocka_unit_test(hidden_addresses_have_none),
		cmocka_unit_test(malformed_lists_are_survived),
		cmocka_unit_test(a_module_comes_later),
		cmocka_unit_test(a_missing_list_names_nothing),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
