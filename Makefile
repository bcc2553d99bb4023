# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# One Makefile for everything; all that it builds is below $(B), which can be removed at any time.
#
#   make                 the program, build/p2pscope
#   make V=1             the same, showing the commands
#   make SANITIZE=1      the same under AddressSanitizer and UBSan, in build-asan/
#   make docs            the documents that are made from the program's lists, docs/generate/
#   make run|demo|check|bench|fuzz|install|uninstall|clean|format|format-check

VERSION := 0.1.0
SANITIZE ?= 0
V ?= 0

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system

CC := gcc
CLANG ?= clang-14
CLANG_FORMAT ?= clang-format-14
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config

ifeq ($(SANITIZE),1)
B := build-asan
# gcc warns of accesses in the sanitizers' own checks that never happen.
SANITIZER := -Wno-array-bounds -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	     -fno-omit-frame-pointer
else
B := build
SANITIZER :=
HARDENING := -D_FORTIFY_SOURCE=2
endif

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-8s %s\n'
endif

PACKAGES := libbpf libmicrohttpd jansson libcap-ng libmnl libnftables libnftnl libpcap libcurl zlib

WARNINGS := -Wall -Wextra -Werror
INCLUDES := -Iinclude -Iuser -I$(B)
CFLAGS ?= -O2 -g
C_FLAGS := -std=gnu11 $(WARNINGS) $(HARDENING) -fstack-protector-strong -fPIE -D_GNU_SOURCE \
	   -pthread $(INCLUDES) $(SANITIZER) $(CFLAGS)
# libbpf's BPF_PROG() gives each program a parameter that it may not use.
BPF_FLAGS := --target=bpf -mcpu=v3 -std=gnu11 -O2 -g $(WARNINGS) -Wno-unused-parameter \
	     -Iinclude -Ivmlinux -Ibpf -idirafter /usr/include
LD_FLAGS := -pie -Wl,-z,relro,-z,now -pthread $(SANITIZER) $(LDFLAGS)

# --- what there is to build -----------------------------------------------------------------------

BPF_SOURCES := $(sort $(wildcard bpf/*.bpf.c))
SKELETONS := $(BPF_SOURCES:bpf/%.bpf.c=$(B)/%.skel.h)

SOURCES := $(sort $(wildcard user/*/*.c user/*/*/*.c))
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
MAIN := $(B)/user/cli/main.o
ARCHIVE := $(B)/libp2pscope.a
PROGRAM := $(B)/p2pscope

# Every C file in these folders is a program of its own; what they share is in headers.
TEST_SOURCES := $(sort $(wildcard tests/unit/*.c tests/bpf/*.c))
BENCH_SOURCES := $(sort $(wildcard tests/bench/*.c))
BENCH_BPF_SOURCES := $(sort $(wildcard tests/bench/programs/*.bpf.c))
BENCH_SKELETONS := $(BENCH_BPF_SOURCES:tests/bench/programs/%.bpf.c=$(B)/%.skel.h)
ALL_SKELETONS := $(SKELETONS) $(BENCH_SKELETONS)
# So is each that writes a document from the program's lists.
GENERATOR_SOURCES := $(sort $(wildcard docs/generate/*.c))
TEST_OBJECTS := $(patsubst %.c,$(B)/%.o,$(TEST_SOURCES) $(BENCH_SOURCES) $(GENERATOR_SOURCES))
TESTS := $(TEST_SOURCES:%.c=$(B)/%)
GENERATORS := $(GENERATOR_SOURCES:%.c=$(B)/%)
BENCHES := $(BENCH_SOURCES:%.c=$(B)/%)

# Fuzzers are made by clang, with the pure parts of the program only.
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/*.c))
FUZZERS := $(FUZZ_SOURCES:tests/fuzz/%.c=$(B)/fuzz/%)
FUZZ_PARTS := $(sort $(wildcard user/engine/*.c user/engine/*/*.c))
FUZZ_PARTS += user/source/capture/native.c user/source/capture/table.c
FUZZ_PARTS += user/shadow/ruleset_listing.c user/shadow/iptables_save.c user/shadow/rule_text.c
FUZZ_PARTS += user/source/live/eve.c user/source/live/kallsyms.c
FUZZ_PARTS += user/util/address.c user/util/text.c
FUZZ_PART_OBJECTS := $(FUZZ_PARTS:%.c=$(B)/fuzz/parts/%.o)
FUZZ_FLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -D_GNU_SOURCE $(INCLUDES) \
	      -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined

FORMATTED = $(sort $(wildcard include/*/*.h bpf/*.[ch] vmlinux/*.h user/*/*.[ch] user/*/*/*.[ch] \
	tests/*/*.[ch] tests/bench/programs/*.[ch] docs/generate/*.[ch]))

.PHONY: all tests benches fuzzers docs run demo check bench fuzz install uninstall clean format
.PHONY: format-check
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

all: $(PROGRAM)

# --- flags: an object depends on the flags that it was made with ----------------------------------

number_sign := \#

# $(call remember,FILE,TEXT) writes FILE when TEXT is not what it holds, so that what depends on it
# is made again.
remember = $(if $(call same,$(file <$(1)),$(2)),,$(shell mkdir -p $(dir $(1)))$(file >$(1),$(2)))
same = $(and $(call within,$(1),$(2)),$(call within,$(2),$(1)))
within = $(findstring x$(strip $(1))x,x$(strip $(2))x)

# Goals that make nothing from sources must work without the libraries, and leave no folder behind.
ifneq ($(filter-out run check demo clean format format-check uninstall,$(or $(MAKECMDGOALS),all)),)
LIBRARY_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
LIBRARIES := $(shell $(PKG_CONFIG) --libs $(PACKAGES))
$(call remember,$(B)/flags.c,$(CC) $(C_FLAGS) $(LIBRARY_CFLAGS))
$(call remember,$(B)/flags.bpf,$(CLANG) $(BPF_FLAGS))
$(call remember,$(B)/flags.link,$(CC) $(LD_FLAGS) $(LIBRARIES))
$(call remember,$(B)/flags.fuzz,$(CLANG) $(FUZZ_FLAGS))
$(call remember,$(B)/flags.objects,$(OBJECTS))
$(call remember,$(B)/version.h,$(number_sign)define P2PSCOPE_VERSION "$(VERSION)")
endif

# --- the data plane: objects, skeletons -----------------------------------------------------------

vpath %.bpf.c bpf tests/bench/programs

$(ALL_SKELETONS:.skel.h=.full.o): $(B)/%.full.o: %.bpf.c $(B)/flags.bpf
	$(say) BPF $<
	$(Q)$(CLANG) $(BPF_FLAGS) -MMD -MP -MF $(B)/$*.bpf.d -MT $@ -c -o $@ $<

# The linker drops DWARF and keeps BTF, which is all that the loader reads.
$(ALL_SKELETONS:.skel.h=.bpf.o): $(B)/%.bpf.o: $(B)/%.full.o
	$(Q)$(BPFTOOL) gen object $@ $<

$(ALL_SKELETONS): $(B)/%.skel.h: $(B)/%.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# --- the program ----------------------------------------------------------------------------------

# Which objects include the skeleton is known from the second build on; in the first it only has to
# be there.
$(OBJECTS) $(TEST_OBJECTS): | $(SKELETONS)
$(BENCH_SOURCES:%.c=$(B)/%.o): | $(BENCH_SKELETONS)

$(OBJECTS) $(TEST_OBJECTS): $(B)/%.o: %.c $(B)/flags.c
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(C_FLAGS) $(LIBRARY_CFLAGS) -MMD -MP -c -o $@ $<

$(ARCHIVE): $(filter-out $(MAIN),$(OBJECTS)) $(B)/flags.objects
	$(say) AR $@
	$(Q)rm -f $@
	$(Q)ar qcs $@ $(filter %.o,$^)

$(PROGRAM): $(MAIN) $(ARCHIVE) $(B)/flags.link
	$(say) LINK $@
	$(Q)$(CC) $(LD_FLAGS) -o $@ $(MAIN) $(ARCHIVE) $(LIBRARIES)

$(TESTS) $(BENCHES) $(GENERATORS): $(B)/%: $(B)/%.o $(ARCHIVE) $(B)/flags.link
	$(say) LINK $@
	$(Q)$(CC) $(LD_FLAGS) -o $@ $< $(ARCHIVE) $(LIBRARIES) -lcmocka -lm

# parity_test.c runs every suite of tests/unit that sends packets through the pipeline once more:
# those that include this header. The list is written anew when it changes.
PIPELINE_FIXTURE := pipeline_fixture.h
PARITY_SUITES := $(B)/tests/bpf/parity_suites.h

$(PARITY_SUITES): tests/bpf/parity_suites tests/unit $(wildcard tests/unit/*.[ch])
	$(Q)mkdir -p $(@D)
	$(Q)tests/bpf/parity_suites $(PIPELINE_FIXTURE) > $@.new
	$(Q)cmp -s $@.new $@ || mv $@.new $@
	$(Q)rm -f $@.new

$(B)/tests/bpf/parity_test.o: $(PARITY_SUITES)

tests: $(TESTS) $(GENERATORS)

benches: $(BENCHES)

docs: $(GENERATORS)
	$(Q)BUILD=$(B) docs/generate/run docs

# --- fuzzers --------------------------------------------------------------------------------------

$(FUZZ_PART_OBJECTS): $(B)/fuzz/parts/%.o: %.c $(B)/flags.fuzz
	$(say) CLANG $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZERS): $(B)/fuzz/%: tests/fuzz/%.c $(FUZZ_PART_OBJECTS) $(B)/flags.fuzz
	$(say) FUZZER $@
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d -MT $@ -o $@ $< \
		$(FUZZ_PART_OBJECTS) -ljansson -lm

fuzzers: $(FUZZERS)

-include $(OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d) $(ALL_SKELETONS:.skel.h=.bpf.d)
-include $(FUZZ_PART_OBJECTS:.o=.d) $(FUZZERS:=.d)

# --- what people type -----------------------------------------------------------------------------

# These install what is missing first; only then can make know the libraries, so that another make
# is run.
run:
	$(Q)scripts/setup build
	$(Q)$(MAKE) --no-print-directory all
	@echo 'Look at http://127.0.0.1:9810/metrics and http://127.0.0.1:9810/api/v1/sessions,'
	@echo 'or in another terminal: $(PROGRAM) sessions, $(PROGRAM) explain ID. Ctrl-C ends it.'
	$(Q)exec $(PROGRAM) run $(RUN_OPTIONS)

demo:
	$(Q)scripts/setup build test
	$(Q)$(MAKE) --no-print-directory all
	$(Q)exec tests/net/demo

check:
	$(Q)BUILD=$(B) scripts/setup build test
	$(Q)$(MAKE) --no-print-directory all tests
	$(Q)BUILD=$(B) exec tests/run $(SUITES)

bench:
	$(Q)scripts/setup build bench
	$(Q)$(MAKE) --no-print-directory all benches
	$(Q)BUILD=$(B) exec tests/bench/run

fuzz: all fuzzers
	$(Q)BUILD=$(B) TIME=$(TIME) exec tests/fuzz/run

install: all
	install -D -m 0755 $(PROGRAM) $(DESTDIR)$(SBINDIR)/p2pscope
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|@SBINDIR@|$(SBINDIR)|' deploy/p2pscope.service > \
		$(DESTDIR)$(UNITDIR)/p2pscope.service
	chmod 0644 $(DESTDIR)$(UNITDIR)/p2pscope.service
	install -d $(DESTDIR)$(MANDIR)/man8
	sed 's|@VERSION@|$(VERSION)|' docs/p2pscope.8 > $(DESTDIR)$(MANDIR)/man8/p2pscope.8
	chmod 0644 $(DESTDIR)$(MANDIR)/man8/p2pscope.8

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/p2pscope $(DESTDIR)$(UNITDIR)/p2pscope.service
	rm -f $(DESTDIR)$(MANDIR)/man8/p2pscope.8

clean:
	$(Q)rm -rf build build-asan

format:
	$(Q)$(CLANG_FORMAT) -i $(FORMATTED)

format-check:
	$(Q)$(CLANG_FORMAT) --dry-run -Werror $(FORMATTED)
