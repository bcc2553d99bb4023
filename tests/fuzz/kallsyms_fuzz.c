/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A list of kernel functions; the first eight bytes are an address to look up. */
#include "fuzz.h"
#include "source/live/kallsyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kallsyms *symbols = NULL;
	const char *name;
	u64 address;
	FILE *file;

	if (size <= sizeof(address))
		return 0;
	memcpy(&address, data, sizeof(address));
	file = fmemopen((void *)(data + sizeof(address)), size - sizeof(address), "r");
	hold(file);
	hold(!kallsyms_open_file(&symbols, file));
	hold(!kallsyms_name(symbols, 0));
	name = kallsyms_name(symbols, address);
	hold(!name || (*name && !strpbrk(name, ". \t\n")));
	hold(!kallsyms_refresh(symbols));
	hold(kallsyms_name(symbols, address) == name);
	kallsyms_close(symbols);
	return 0;
}
