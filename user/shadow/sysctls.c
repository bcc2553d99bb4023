/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shadow/network.h"

/*
 * Those of the whole machine come first: ip_forward and all/forwarding change those of the
 * interfaces.
 */
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

int sysctl_read(const char *path, char *value, size_t size)
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

static int sysctl_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static void add_sysctl(struct network *network, const char *format, const char *name)
{
	struct sysctl_value *sysctl = &network->sysctls[network->nsysctls];
	char path[sizeof(sysctl->path)];

	snprintf(path, sizeof(path), format, name);
	snprintf(sysctl->path, sizeof(sysctl->path), "/proc/sys/net/%.*s",
		 (int)sizeof(sysctl->path) - 15, path);
	if (!sysctl_read(sysctl->path, sysctl->value, sizeof(sysctl->value)))
		network->nsysctls++;
}

int sysctls_read(struct network *network)
{
	network->sysctls = calloc(MACHINE + network->nlinks * INTERFACE, sizeof(*network->sysctls));
	if (!network->sysctls)
		return -ENOMEM;
	for (size_t i = 0; i < MACHINE; i++)
		add_sysctl(network, "%s", machine[i]);
	for (size_t i = 0; i < network->nlinks; i++)
		for (size_t j = 0; j < INTERFACE; j++)
			add_sysctl(network, interface[j], network->links[i].name);
	return 0;
}

/* Values that are the defaults anyway are not written: /proc/sys may be read-only. */
int sysctls_write(const struct network *network)
{
	char now[sizeof(network->sysctls->value)];
	int err = 0;

	for (size_t i = 0; !err && i < network->nsysctls; i++) {
		const struct sysctl_value *sysctl = &network->sysctls[i];

		if (sysctl_read(sysctl->path, now, sizeof(now)) || strcmp(now, sysctl->value))
			err = sysctl_write(sysctl->path, sysctl->value);
		/* a user namespace may not change those of conntrack */
		if (err && strstr(sysctl->path, "/netfilter/"))
			err = 0;
	}
	return err;
}
