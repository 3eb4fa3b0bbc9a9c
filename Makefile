# freshet: a recrawl scheduler. `make demo` and `make check` do everything on a fresh
# Debian 12 machine; they install what is missing with apt when run as root.
#
#   make            build ./freshet             make demo    see it work on real sites
#   make check      all tests                   make bench   measure against other tools
#   make install    PREFIX=/usr/local DESTDIR=  make fuzz    bounded fuzzing
#   make deb        a Debian package in build/
#   make bench-quick  instructions counted      make bench-scale  costs by number of pages
#   make soak       faults, crashes, a year     make coverage  lines and branches tested
#   make tsan       all tests under TSan        make valgrind  core flows under memcheck

PREFIX  ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
VERSION := 0.1.0

# ---- packages: every one that any target needs stands in one of these lists ----------
BUILD_PACKAGES := gcc make pkg-config libcurl4-openssl-dev libxml2-dev librocksdb-dev \
	libidn2-dev libpsl-dev libxxhash-dev libzstd-dev zlib1g-dev libssl-dev \
	libjansson-dev libinih-dev uthash-dev libmicrohttpd-dev libc-ares-dev
BOX_PACKAGES   := nginx-light apache2-bin lighttpd lighttpd-mod-deflate caddy python3 \
	curl ca-certificates openssl
DEB_PACKAGES   := dpkg-dev binutils
CHECK_PACKAGES := gcovr clang clang-format libclang-rt-14-dev lld libcmocka-dev git \
	h2o varnish haproxy busybox civetweb webfs chromium nodejs npm fonts-dejavu-core \
	$(BOX_PACKAGES) $(DEB_PACKAGES)
BENCH_PACKAGES := nginx-light wrk wget wget2 curl aria2 httrack python3-scrapy time python3 \
	util-linux
QUICK_PACKAGES := valgrind libcmocka-dev python3
VALGRIND_PACKAGES := valgrind python3 curl

CC       ?= cc
OPT      ?= -O2 -g
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla -Wformat=2 -Wundef
HARDEN   := -fstack-protector-strong -fPIE
HARDEN_LD := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
LIBS     := -lcurl -lcares -lxml2 -lrocksdb -lidn2 -lpsl -lxxhash -lzstd -lz -lcrypto \
	-ljansson -linih -lmicrohttpd -lm -lpthread
CPP_ALL  := -std=c11 -D_GNU_SOURCE -I. -isystem /usr/include/libxml2 \
	-DFRESHET_VERSION='"$(VERSION)"'

# ---- sources: a new file needs no line here -------------------------------------------
LIB_SRC  := $(sort $(wildcard store/base/*.c store/*.c scheduler/*.c crawler/*.c))
TOOL_SRC := $(sort $(filter-out tools/main.c,$(wildcard tools/*.c)))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
FLOW_SRC := $(sort $(wildcard tests/flow/test_*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
HELP_SRC := $(sort $(wildcard tests/*.c))
BENCH_SRC := $(sort $(wildcard tools/bench/*.c))
# Pages, styles and scripts become part of the program; users need no Node.
WEB_SRC  := $(sort $(foreach e,html css js,$(wildcard tools/web/*.$e tools/web/vendor/*/*.$e)))

comma := ,
.PHONY: all deps deps-check deps-box deps-bench deps-quick deps-valgrind deps-deb demo check bench \
	bench-quick bench-scale fuzz complexity soak tsan valgrind coverage install uninstall deb clean format \
	test-programs
.DELETE_ON_ERROR:
.SECONDARY:

all: freshet

# Allocations of our own code, and of no library, pass through the test: see tests/flow/faults.h.
WRAP_test_faults := $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc strdup strndup)
WRAP_test_store_history := -Wl$(comma)--wrap=malloc

# The many programs of the checks by lld: a link costs a quarter of what it costs ld. One
# thread, as make has others.
LINK_asan := -fuse-ld=lld -Wl,--threads=1
LINK_tsan := $(LINK_asan)

# ---- variants: the same rules for each compiler and instrumentation --------------------
# $(1) name, $(2) compiler, $(3) flags for compiling and linking
define variant
$(1)_OBJ := $$(patsubst %.c,build/$(1)/%.o,$$(LIB_SRC) $$(TOOL_SRC) build/web_files.c)
$(1)_TESTS := $$(patsubst %.c,build/$(1)/%,$$(UNIT_SRC) $$(FLOW_SRC))
build/$(1)/%.o: %.c | installed
	@mkdir -p $$(@D)
	@echo '  CC $(1) $$<'
	@$(2) $$(CPP_ALL) $$(WARN) $$(HARDEN) $(3) $$(CFLAGS) -MMD -MP -c $$< -o $$@
build/$(1)/libfreshet.a: $$($(1)_OBJ)
	@rm -f $$@
	@ar rcs $$@ $$^
build/$(1)/freshet: build/$(1)/tools/main.o build/$(1)/libfreshet.a
	@echo '  LD $$@'
	@$(2) $(3) $$(LINK_$(1)) $$(HARDEN_LD) $$(LDFLAGS) $$^ $$(LIBS) -o $$@
build/$(1)/tests/%: build/$(1)/tests/%.o $$(patsubst %.c,build/$(1)/%.o,$$(HELP_SRC)) build/$(1)/libfreshet.a
	@echo '  LD $$@'
	@$(2) $(3) $$(LINK_$(1)) $$(HARDEN_LD) $$(LDFLAGS) $$(WRAP_$$(@F)) $$^ -lcmocka $$(LIBS) -o $$@
build/$(1)/tools/bench/%: build/$(1)/tools/bench/%.o build/$(1)/libfreshet.a
	@echo '  LD $$@'
	@$(2) $(3) $$(LINK_$(1)) $$(HARDEN_LD) $$(LDFLAGS) $$^ $$(LIBS) -o $$@
build/$(1)/tests/fuzz/replay: $$(patsubst %.c,build/$(1)/%.o,$$(FUZZ_SRC) tests/fuzz/replay.c) build/$(1)/libfreshet.a
	@echo '  LD $$@'
	@$(2) $(3) $$(LINK_$(1)) $$(HARDEN_LD) $$(LDFLAGS) $$^ $$(LIBS) -o $$@
-include $$($(1)_OBJ:.o=.d) $$(addsuffix .d,$$($(1)_TESTS)) build/$(1)/tools/main.d \
	$$(patsubst %.c,build/$(1)/%.d,$$(HELP_SRC) $$(BENCH_SRC) $$(FUZZ_SRC) tests/fuzz/replay.c \
		tests/cost/cost.c tests/soak/soak_year.c)
endef

FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
# Of what a debugger wants to know only what the sanitizers' reports name: functions and lines.
SAN := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
$(eval $(call variant,release,$(CC),$(OPT) $(FORTIFY)))
$(eval $(call variant,gcc,gcc,-O2 -g $(FORTIFY)))
$(eval $(call variant,asan,gcc,$(SAN)))
# Without optimisation gcc guesses about what is initialised.
$(eval $(call variant,cover,gcc,-O0 -g --coverage -fprofile-update=atomic -Wno-maybe-uninitialized))
$(eval $(call variant,tsan,clang,-O1 -g1 -fsanitize=thread))

# Each fuzz target is a program of its own, with libFuzzer's main().
FUZZ := -O1 -g -DFUZZING -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
$(eval $(call variant,fuzz,clang,$(FUZZ)))
build/fuzz/tests/fuzz/fuzz_%: build/fuzz/tests/fuzz/fuzz_%.o build/fuzz/libfreshet.a
	@echo '  LD $@'
	@clang $(FUZZ) -fsanitize=fuzzer $(HARDEN_LD) $(LDFLAGS) $^ $(LIBS) -o $@
fuzz-programs: $(patsubst %.c,build/fuzz/%,$(FUZZ_SRC)) build/release/tests/fuzz/replay
.PHONY: fuzz-programs

# The folders: a file that is taken away counts too.
build/web_files.c: tools/web/embed.sh $(WEB_SRC) $(sort $(dir $(WEB_SRC)))
	@mkdir -p $(@D)
	@tools/web/embed.sh $(WEB_SRC) > $@

freshet: build/release/freshet
	@ln -sf build/release/freshet $@

# ---- packages ---------------------------------------------------------------------------
# Installs a list only where a package of it is missing, and says so when it cannot.
installed:
	@tools/packaging/need.sh $(BUILD_PACKAGES)
.PHONY: installed
deps: installed
deps-check:
	@tools/packaging/need.sh $(BUILD_PACKAGES) $(CHECK_PACKAGES)
deps-box:
	@tools/packaging/need.sh $(BUILD_PACKAGES) $(BOX_PACKAGES)
deps-deb:
	@tools/packaging/need.sh $(BUILD_PACKAGES) $(DEB_PACKAGES)
deps-bench:
	@tools/packaging/need.sh $(BUILD_PACKAGES) $(BENCH_PACKAGES)

deps-valgrind:
	@tools/packaging/need.sh $(BUILD_PACKAGES) $(VALGRIND_PACKAGES)
deps-quick:
	@tools/packaging/need.sh $(BUILD_PACKAGES) $(QUICK_PACKAGES)

# ---- what people call -------------------------------------------------------------------
demo: deps-box
	@$(MAKE) --no-print-directory freshet
	@tools/box/demo.sh

check: deps-check
	@tests/check.sh

bench: deps-bench
	@$(MAKE) --no-print-directory freshet build/release/tools/bench/engine
	@tools/bench/bench.sh

bench-scale: deps-bench
	@$(MAKE) --no-print-directory freshet build/release/tools/bench/pick
	@python3 -B tools/bench/scale.py $(SCALE)

bench-quick: deps-quick
	@$(MAKE) --no-print-directory build/release/tests/cost/cost build/release/tools/bench/pick
	@python3 -B tools/bench/quick.py

fuzz: deps-check
	@tests/fuzz/fuzz.sh

# No input of 1 MB costs a parser more than 100 ms of processor time. The processor should have
# nothing else to do; `make check` has 50 KB and a limit that only what is not linear meets.
complexity: deps-check
	@$(MAKE) --no-print-directory -s build/release/tests/fuzz/replay
	@python3 -B tests/fuzz/large.py build/large
	@build/release/tests/fuzz/replay --limit 100 build/large

# SOAK_MINUTES=20 and more: see tests/soak/soak.sh.
soak: deps-check
	@$(MAKE) --no-print-directory -s test-programs VARIANT=asan
	@$(MAKE) --no-print-directory -s build/release/tests/soak/soak_year
	@tests/soak/soak.sh

# Each test program and the program itself with -fsanitize=thread; of that `make check` has
# only what has threads of its own.
tsan: deps-check
	@CHECK_VARIANT=tsan tests/check.sh

# The core flows under memcheck.
valgrind: deps-valgrind
	@$(MAKE) --no-print-directory -s build/release/freshet
	@sh tests/valgrind.sh

# What the unit and flow tests in C, the corpora and the tests of the process reach.
coverage: deps-check
	@tests/coverage.sh

# All test programs of one variant: make test-programs VARIANT=asan
VARIANT ?= asan
test-programs: $($(VARIANT)_TESTS) build/$(VARIANT)/tests/fuzz/replay build/$(VARIANT)/freshet

format:
	clang-format -i $$(git ls-files '*.[ch]' | grep -v vendor)

# Completions, manual pages and units come from the program and the option table.
BINDIR  := $(PREFIX)/bin
SHARE   := $(DESTDIR)$(PREFIX)/share
UNITS   := $(DESTDIR)$(PREFIX)/lib/systemd/system
SYSUSERS := $(DESTDIR)$(PREFIX)/lib/sysusers.d
INSTALLED := $(DESTDIR)$(BINDIR)/freshet $(SHARE)/man/man1/freshet.1 \
	$(SHARE)/man/man5/freshet.conf.5 $(SHARE)/bash-completion/completions/freshet \
	$(SHARE)/zsh/site-functions/_freshet $(SHARE)/fish/vendor_completions.d/freshet.fish \
	$(UNITS)/freshet.service $(UNITS)/freshet@.service $(UNITS)/freshet@.timer \
	$(SYSUSERS)/freshet.conf

# What is installed: PROGRAM=build/gcc/freshet is another build of the same.
PROGRAM ?= build/release/freshet
install: $(PROGRAM)
	install -d $(sort $(dir $(INSTALLED)))
	install -m 755 $(PROGRAM) $(DESTDIR)$(BINDIR)/freshet
	$(PROGRAM) help --man > $(SHARE)/man/man1/freshet.1
	$(PROGRAM) help --man config > $(SHARE)/man/man5/freshet.conf.5
	$(PROGRAM) completion bash > $(SHARE)/bash-completion/completions/freshet
	$(PROGRAM) completion zsh > $(SHARE)/zsh/site-functions/_freshet
	$(PROGRAM) completion fish > $(SHARE)/fish/vendor_completions.d/freshet.fish
	for unit in freshet.service freshet@.service; do \
		sed 's|@BINDIR@|$(BINDIR)|' tools/packaging/$$unit.in > $(UNITS)/$$unit; done
	install -m 644 tools/packaging/freshet@.timer $(UNITS)/freshet@.timer
	install -m 644 tools/packaging/freshet.sysusers $(SYSUSERS)/freshet.conf
	# Written by the shell, with whatever mask whoever installs has: they are for all.
	chmod 644 $(filter-out %/bin/freshet,$(INSTALLED))
	# Settings that are there already are their owner's.
	install -d $(DESTDIR)$(SYSCONFDIR)/freshet
	[ -e $(DESTDIR)$(SYSCONFDIR)/freshet/freshet.conf ] || install -m 644 \
		tools/packaging/freshet.conf $(DESTDIR)$(SYSCONFDIR)/freshet/freshet.conf

uninstall:
	rm -f $(INSTALLED)

deb: deps-deb
	@$(MAKE) --no-print-directory $(PROGRAM)
	@PROGRAM=$(PROGRAM) tools/packaging/deb.sh $(VERSION)

clean:
	rm -rf build freshet
