# Thin wrappers over `swift build` and `swift test`. Everything is built in release mode: the tests
# run real songs through the network, and share one build with the programs.

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR    ?=

# All flags belong to every build: other flags would compile everything a second time. Tests look
# at internals, hence the last one.
MODE     := -c release --explicit-target-dependency-import-check error -Xswiftc -enable-testing
BUILT    := .build/release
PROGRAMS := charthero chartherod charthero-train
VENV     := .build-venv

# Programs live beside the Swift runtime they need, so that an installed copy does not depend on a
# toolchain; `bin` holds links to them.
LIB  := $(DESTDIR)$(PREFIX)/lib/charthero
DATA := $(DESTDIR)$(PREFIX)/share/charthero

# What is installed besides programs and data, each made from the programs' own words.
SHARE   := $(DESTDIR)$(PREFIX)/share
MANUALS := man1/charthero.1 man1/charthero-train.1 man8/chartherod.8
BASH    := $(SHARE)/bash-completion/completions
ZSH     := $(SHARE)/zsh/site-functions
FISH    := $(SHARE)/fish/vendor_completions.d

.PHONY: build run test test-system fuzz lint deps install uninstall clean

build: deps
	swift build $(MODE)

run: build
	.ci/demo $(BUILT)

test: deps
	swift build $(MODE) --build-tests
	.ci/swift-test
	test -x $(VENV)/bin/pip || python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r Tests/Parsers/requirements.txt
	$(VENV)/bin/python Tests/Parsers/check_charts.py $(BUILT)/charthero
	$(VENV)/bin/python Tests/Parsers/check_onnx.py $(BUILT)
	Tests/System/check_install
	Tests/System/check_systemd || [ $$? -eq 2 ]  # 2: no root or no systemd here

# What takes minutes: broken disks, calls and decoders, kill -9 at every step, soak, fuzzing.
test-system: deps
	swift build $(MODE) --build-tests
	Tests/System/run

# Damaged charts and settings for a minute on each parser, side by side.
fuzz: deps
	swift build $(MODE) --build-tests
	CHARTHERO_FUZZ_SECONDS=60 .ci/swift-test --filter FuzzTests

lint:
	.ci/lint

deps:
	@.ci/deps

install:
	@test -x $(BUILT)/charthero || { echo "install: run 'make build' first" >&2; exit 1; }
	install -d $(LIB) $(DATA) $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SYSCONFDIR)/charthero \
	  $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/systemd/catalog \
	  $(DESTDIR)$(PREFIX)/lib/sysusers.d \
	  $(DESTDIR)$(PREFIX)/lib/tmpfiles.d $(BASH) $(ZSH) $(FISH) \
	  $(SHARE)/man/man1 $(SHARE)/man/man5 $(SHARE)/man/man8
	install $(PROGRAMS:%=$(BUILT)/%) $(LIB)
	ldd $(PROGRAMS:%=$(BUILT)/%) | awk '/\/swift\/linux\// { print $$3 }' | sort -u \
	  | xargs -r install -m 644 -t $(LIB)
	for p in $(PROGRAMS); do ln -sfn ../lib/charthero/$$p $(DESTDIR)$(PREFIX)/bin/$$p; done
	install -m 644 models/* $(DATA)
	sed 's|/usr/local|$(PREFIX)|g' systemd/chartherod.service \
	  > $(DESTDIR)$(PREFIX)/lib/systemd/system/chartherod.service
	install -m 644 systemd/chartherod.catalog $(DESTDIR)$(PREFIX)/lib/systemd/catalog
	install -m 644 systemd/charthero.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/charthero.conf
	install -m 644 systemd/charthero.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/charthero.conf
	test -e $(DESTDIR)$(SYSCONFDIR)/charthero/chartherod.toml \
	  || install -m 644 systemd/chartherod.toml $(DESTDIR)$(SYSCONFDIR)/charthero/chartherod.toml
	for p in $(PROGRAMS); do \
	  $(BUILT)/$$p --generate-completion-script bash > $(BASH)/$$p \
	  && $(BUILT)/$$p --generate-completion-script zsh > $(ZSH)/_$$p \
	  && $(BUILT)/$$p --generate-completion-script fish > $(FISH)/$$p.fish || exit 1; done
	for m in $(MANUALS); do page=$${m#*/}; \
	  systemd/man/manual $(BUILT)/$${page%.*} < systemd/man/$$page > $(SHARE)/man/$$m \
	  || exit 1; done
	install -m 644 systemd/man/chartherod.toml.5 $(SHARE)/man/man5

# The configuration stays: it is the person's.
uninstall:
	rm -rf $(LIB) $(DATA)
	rm -f $(PROGRAMS:%=$(DESTDIR)$(PREFIX)/bin/%) \
	  $(DESTDIR)$(PREFIX)/lib/systemd/system/chartherod.service \
	  $(DESTDIR)$(PREFIX)/lib/systemd/catalog/chartherod.catalog \
	  $(DESTDIR)$(PREFIX)/lib/sysusers.d/charthero.conf \
	  $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/charthero.conf \
	  $(PROGRAMS:%=$(BASH)/%) $(PROGRAMS:%=$(ZSH)/_%) $(PROGRAMS:%=$(FISH)/%.fish) \
	  $(MANUALS:%=$(SHARE)/man/%) $(SHARE)/man/man5/chartherod.toml.5

clean:
	rm -rf .build $(VENV)
