/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "daemon/run.h"
#include "util/log.h"

struct command {
	const char *name;
	int (*run)(const struct options *options);
	unsigned int accepts; /* enum option_set */
	int min_words, max_words;
	const char *words; /* their names in the help text */
	const char *help;
};

#define DAEMON (OPTIONS_POINTS | OPTIONS_DAEMON | OPTIONS_SOCKET)
#define ASK (OPTIONS_SOCKET | OPTIONS_JSON)

static const struct command commands[] = {
	{"run", daemon_run, DAEMON, 0, 0, "",
	 "observe the traffic of this machine until SIGTERM or Ctrl-C"},
	{"sessions", command_sessions, ASK | OPTIONS_VERDICT, 0, 0, "",
	 "list sessions and their verdicts"},
	{"explain", command_explain, ASK, 1, 1, "ID", "one session in detail, in time order"},
	{"mappings", command_mappings, ASK, 0, 0, "", "NAT mappings: inside and outside addresses"},
	{"nat", command_nat, ASK, 0, 0, "", "NAT behaviour, and what it means for peer-to-peer"},
	{"rules", command_rules, ASK, 0, 0, "",
	 "firewall rules that blocked or degraded sessions, the worst first"},
	{"audit", command_audit, OPTIONS_POINTS | OPTIONS_AUDIT | OPTIONS_JSON, 0, 0, "",
	 "test whether the firewall allows WebRTC, and which rule does not"},
	{"check", command_check, OPTIONS_POINTS | OPTIONS_JSON, 0, 0, "",
	 "check whether this machine can run p2pscope"},
	{"replay", command_replay, OPTIONS_CAPTURES | OPTIONS_JSON | OPTIONS_CSV, 0, 1, "[FILE]",
	 "analyse packet captures"},
	{"version", command_version, OPTIONS_JSON, 0, 0, "", "print the version"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help_all(void)
{
	printf("p2pscope: which WebRTC sessions succeeded, failed or were blocked, and by "
	       "what\n\n");
	for (size_t i = 0; i < COMMANDS; i++) {
		char left[40];

		snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].words);
		printf("  p2pscope %-16s %s\n", left, commands[i].help);
	}
	printf("\n'p2pscope COMMAND --help' lists the options of a command.\n");
}

static int help_one(const struct command *command)
{
	printf("p2pscope %s %s%s[OPTION]…: %s\n\n", command->name, command->words,
	       *command->words ? " " : "", command->help);
	options_help(command->accepts);
	return EXIT_DONE;
}

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int command_start(const struct command *command, int argc, char **argv)
{
	struct options options;
	int err = options_parse(&options, argc, argv, command->accepts);

	if (err)
		return err;
	if (options.help)
		return help_one(command);
	if (options.verbose)
		log_set_level(LEVEL_DEBUG);
	if (options.nwords < command->min_words) {
		log_error("%s: missing argument %s; usage: p2pscope %s %s", argv[0], command->words,
			  argv[0], command->words);
		return EXIT_USAGE;
	}
	if (options.nwords > command->max_words) {
		log_error("%s: unexpected argument '%s'; see 'p2pscope %s --help'", argv[0],
			  options.words[command->max_words], argv[0]);
		return EXIT_USAGE;
	}
	return command->run(&options);
}

static bool is_spelling_of(const char *word, const char *name, const char *option,
			   const char *letter)
{
	return !strcmp(word, name) || !strcmp(word, option) || !strcmp(word, letter);
}

static int run_words(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		log_error("missing command; 'p2pscope help' lists them");
		return EXIT_USAGE;
	}
	if (is_spelling_of(argv[1], "help", "--help", "-h")) {
		help_all();
		return EXIT_DONE;
	}
	if (is_spelling_of(argv[1], "version", "--version", "-V"))
		command = command_find("version");
	else
		command = command_find(argv[1]);
	if (!command) {
		log_error("unknown command '%s'; 'p2pscope help' lists them", argv[1]);
		return EXIT_USAGE;
	}
	return command_start(command, argc - 1, argv + 1);
}

/*
 * Commands do not report that standard output has failed: it is reported here, once. The status
 * becomes EXIT_PROBLEM, unless it is the audit's for an error.
 */
static int finish_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	/* why the first write that failed did is not kept by stdio */
	log_error("cannot write to standard output: is the disk full, or its reader gone?");
	return status == EXIT_USAGE ? status : EXIT_PROBLEM;
}

int main(int argc, char **argv)
{
	return finish_output(run_words(argc, argv));
}
