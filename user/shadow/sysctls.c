/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shadow/network.h"

/* Those of the whole machine first: ip_forward and all/forwarding change the interfaces' own. */
static const char *const machine[] = {
	"ipv4/ip_forward",
	"ipv4/conf/all/rp_filter",
	"ipv4/conf/all/accept_local",
	"ipv4/conf/all/src_valid_mark",
	"ipv4/conf/all/route_localnet",
	"ipv6/conf/all/forwarding",
	"netfilter/nf_conntrack_checksum",
	"netfilter/nf_conntrack_tcp_loose",
	"netfilter/nf_conntrack_tcp_be_liberal",
	"netfilter/nf_conntrack_udp_timeout",
	"netfilter/nf_conntrack_udp_timeout_stream",
};

static const char *const interface[] = {
	"ipv4/conf/%s/forwarding",     "ipv4/conf/%s/rp_filter",      "ipv4/conf/%s/accept_local",
	"ipv4/conf/%s/src_valid_mark", "ipv4/conf/%s/route_localnet", "ipv6/conf/%s/forwarding",
	"ipv6/conf/%s/disable_ipv6",
};

#define MACHINE (sizeof(machine) / sizeof(machine[0]))
#define INTERFACE (sizeof(interface) / sizeof(interface[0]))

int setting_read(const char *path, char *value, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, value, size - 1);
	close(fd);
	if (length < 0)
		return -errno;
	value[length] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

static int write_value(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static void read_setting(struct network *network, const char *format, const char *name)
{
	struct setting *setting = &network->settings[network->nsettings];
	char path[sizeof(setting->path)];

	snprintf(path, sizeof(path), format, name);
	snprintf(setting->path, sizeof(setting->path), "/proc/sys/net/%.*s",
		 (int)sizeof(setting->path) - 15, path);
	if (!setting_read(setting->path, setting->value, sizeof(setting->value)))
		network->nsettings++;
}

int settings_read(struct network *network)
{
	network->settings =
		calloc(MACHINE + network->nlinks * INTERFACE, sizeof(*network->settings));
	if (!network->settings)
		return -ENOMEM;
	for (size_t i = 0; i < MACHINE; i++)
		read_setting(network, "%s", machine[i]);
	for (size_t i = 0; i < network->nlinks; i++)
		for (size_t j = 0; j < INTERFACE; j++)
			read_setting(network, interface[j], network->links[i].name);
	return 0;
}

/* A machine's own defaults need no writing, which matters where /proc/sys cannot be written. */
int settings_write(const struct network *network)
{
	char now[sizeof(network->settings->value)];
	int err = 0;

	for (size_t i = 0; !err && i < network->nsettings; i++) {
		const struct setting *setting = &network->settings[i];

		if (setting_read(setting->path, now, sizeof(now)) || strcmp(now, setting->value))
			err = write_value(setting->path, setting->value);
		/* conntrack's are not for a user namespace to change */
		if (err && strstr(setting->path, "/netfilter/"))
			err = 0;
	}
	return err;
}
