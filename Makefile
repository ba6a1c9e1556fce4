# SPDX-License-Identifier: LGPL-2.1-or-later
# The front door; meson does the building. `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
IMAGE ?=
FUZZ_SECONDS ?= 60
CASES ?= 20000
SEED ?= 1
JOBS ?=
ONLY ?=
BENCH_RUNS ?= 11
MESON ?= meson

BUILD := $(CURDIR)/build
CHECK := $(CURDIR)/build-check
FUZZ := $(CURDIR)/build-fuzz
# Without sanitizers, for what they would hide: how much memory is used.
PLAIN := $(CURDIR)/build-plain
# The sample guests, shared by run, check and bench; made once (about 4 GB).
GUESTS := $(CURDIR)/build-guests
# The Xen host that runs inside QEMU (about 0.5 GB), where paravet looks for it.
XDG_CACHE_HOME ?= $(HOME)/.cache
XEN_LAB ?= $(XDG_CACHE_HOME)/paravet/xen-lab
# The guests of the lab, the outcomes of their boots and what they printed.
LAB := $(CURDIR)/build-lab

.PHONY: all help run check bench fuzz hostile lab xen-lab install uninstall clean

all: build-deps
	@test -f $(BUILD)/build.ninja || $(MESON) setup $(BUILD) --prefix=$(PREFIX) -Dtests=false
	@ninja -C $(BUILD)

help:
	@echo 'make                 build the program in build/'
	@echo 'make run             build, and show the verdicts of two small sample guests'
	@echo 'make run IMAGE="system.qcow2 data.raw"   the same for the disks of a guest of yours'
	@echo 'make check           build with sanitizers and run every test'
	@echo 'make install         install to PREFIX (/usr/local); DESTDIR is obeyed'
	@echo 'make uninstall       remove what was installed'
	@echo 'make bench           time and memory of each sample guest, file system and container'
	@echo 'make fuzz            each fuzz target for FUZZ_SECONDS (60)'
	@echo 'make hostile         CASES (20000) damaged disks of the sample guests (an hour);'
	@echo '                     or SEED=2 JOBS=1'
	@echo 'make lab             boot real guests on every platform: docs/accuracy.md (hours)'
	@echo 'make lab ONLY="bookworm.* kvm" JOBS=2    some of the boots, so many at once'
	@echo 'make xen-lab         a small Xen host inside QEMU, for "paravet prove --on xen", in'
	@echo '                     ~/.cache/paravet/xen-lab; or XEN_LAB=DIR'
	@echo 'make clean           remove what was built'

.PHONY: build-deps
build-deps:
	@scripts/install-deps.sh build

run: all
	@scripts/run.sh $(BUILD) $(GUESTS) $(IMAGE)

.PHONY: check-deps
check-deps:
	@scripts/install-deps.sh check

$(CHECK)/build.ninja: | check-deps
	$(MESON) setup $(CHECK) -Dwerror=true -Db_sanitize=address,undefined

check: check-deps $(CHECK)/build.ninja
	ninja -C $(CHECK)
	scripts/run-tests.py $(CHECK) $(GUESTS)

bench: all
	@scripts/install-deps.sh bench
	@bench/run.py $(BUILD)/src/cli/paravet $(GUESTS) --runs $(BENCH_RUNS)

fuzz:
	@scripts/install-deps.sh fuzz
	test -f $(FUZZ)/build.ninja || CC=clang $(MESON) setup $(FUZZ) \
		-Dfuzzing=true -Db_sanitize=address,undefined -Db_lundef=false \
		-Dc_args=-fsanitize=fuzzer-no-link
	scripts/fuzz.sh $(FUZZ) $(FUZZ_SECONDS)

hostile: check-deps $(CHECK)/build.ninja
	ninja -C $(CHECK) tests/hostile/hostile
	test -f $(PLAIN)/build.ninja || $(MESON) setup $(PLAIN) --buildtype=debugoptimized
	ninja -C $(PLAIN) tests/hostile/hostile
	tests/hostile/run.py $(GUESTS) $(CHECK)/tests/hostile/hostile $(PLAIN)/tests/hostile/hostile \
		--cases $(CASES) --seed $(SEED) $(if $(JOBS),--jobs $(JOBS))

# A part of the boots makes no table. Rows on Xen need its host.
lab: all
	@scripts/install-deps.sh lab
	@! tests/lab/run.py --list $(if $(ONLY),--only '$(ONLY)') $(BUILD)/src/cli/paravet $(LAB) | \
		grep -qE ' (rhel5-)?xen(:|$$)' || $(MAKE) --no-print-directory xen-lab
	@PARAVET_XEN_LAB='$(XEN_LAB)' tests/lab/run.py $(BUILD)/src/cli/paravet $(LAB) $(if $(JOBS),--jobs $(JOBS)) \
		$(if $(ONLY),--only '$(ONLY)',--table docs/accuracy.md)

xen-lab:
	@scripts/install-deps.sh xen-lab
	@tests/lab/xen/build.sh "$(XEN_LAB)" >/dev/null
	@echo 'The Xen host is in $(XEN_LAB): paravet prove --on xen --xen-lab $(XEN_LAB) DISK'

# Installing as root after building as a user needs no second build.
install:
	@test -f $(BUILD)/build.ninja || $(MAKE) all
	@$(MESON) configure $(BUILD) --prefix=$(PREFIX)
	DESTDIR=$(DESTDIR) $(MESON) install -C $(BUILD)
	@# The new library is found only when the loader's cache knows it.
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi

uninstall:
	@scripts/uninstall.sh $(BUILD)

clean:
	rm -rf $(BUILD) $(CHECK) $(FUZZ) $(PLAIN) $(GUESTS) $(LAB)
