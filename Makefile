# zoo: make targets. Plain `make` lists them.

PREFIX ?= /usr/local
SWIFT ?= swift
# What `zoo --version` says about the build. Not the commit of a repository that this folder merely lies in.
FACTS = ZOO_COMMIT="$$([ ! -e .git ] || git describe --always --abbrev=12 --dirty 2>/dev/null)" \
  ZOO_SWIFT="$$($(SWIFT) --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)"
BUILD = $(FACTS) $(SWIFT) build --configuration release
ZOO = .build/release/zoo

# Swift Testing starts every test at once: each then waits for its turn with the clock of its time limit running. A few
# at a time, where the toolchain can do that, a limit measures the test.
WIDTH = --experimental-maximum-parallelization-width
TEST_FLAGS ?= $(if $(findstring $(WIDTH),$(shell $(SWIFT) test --help-hidden 2>/dev/null)),$(WIDTH) 4)

# Threads of OpenMP that wait sleep, as the program's own do: spinning, they hold the processors that other tests need.
TEST = env OMP_WAIT_POLICY=passive $(SWIFT) test $(TEST_FLAGS)

# Debian and Ubuntu packages that zoo is built on.
PACKAGES = libcurl4-openssl-dev zlib1g-dev libdeflate-dev libopenblas-dev libdnnl-dev libssl-dev libturbojpeg0-dev libpng-dev

# What `make api` compares with: the last release, or the last commit where there is none yet.
API_BASE ?= $(shell git describe --tags --abbrev=0 2>/dev/null || echo HEAD)

.DEFAULT_GOAL := help
.PHONY: help deps build check test browser fuzz demo bench examples api lint format install uninstall deb debcheck shells clean

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

deps: ## install the Debian packages that are missing (apt, with sudo where needed)
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done | tr '\n' ' '); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	echo "installing: $$missing"; \
	if ! command -v apt-get >/dev/null; then \
	  echo "error: apt-get is not here; install the equivalents of: $$missing" >&2; exit 1; fi; \
	if [ "$$(id -u)" = 0 ]; then sudo=; \
	elif command -v sudo >/dev/null; then sudo=sudo; \
	else echo "error: run as root: apt-get install $$missing" >&2; exit 1; fi; \
	$$sudo apt-get update -q >/dev/null && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing >/dev/null || { \
	  echo "error: apt-get could not install: $$missing" >&2; exit 1; }

build: deps ## build zoo in release mode
	@$(BUILD) --product zoo

test: deps ## run the tests; FILTER chooses some, such as FILTER=ZooGraph
	@sh Tests/run.sh .build/test.log $(TEST) $(if $(FILTER),--filter '$(FILTER)')

browser: build ## look at zoo's pages in a headless Chromium; needs chromium and python3
	@ZOO=$(ZOO) sh Tests/Browser/run.sh

check: deps lint ## the inner loop: format, a debug build, every test but the slow ones
	@ZOO_QUICK_TESTS=1 sh Tests/run.sh .build/test.log $(TEST) --quiet

fuzz: deps ## feed the readers any bytes, FUZZ_SECONDS each (600); FUZZ_TARGETS chooses
	@$(SWIFT) build --package-path Tests/Fuzz --scratch-path .build/fuzz --configuration release --sanitize address \
	  -Xswiftc -sanitize=fuzzer -Xswiftc -enable-testing --product ZooFuzz
	@sh Tests/Fuzz/run.sh .build/fuzz/release/ZooFuzz $(FUZZ_TARGETS)

demo: build ## the main job, offline: fetch, verify, inspect, fine-tune, evaluate, predict
	@ZOO=$(ZOO) sh fixtures/demo.sh

bench: build ## measure zoo; Benchmarks/README.md says how to put PyTorch beside it
	@sh Benchmarks/run.sh $(ZOO)

examples: deps ## build and run the programs of Examples/, which use the libraries from outside
	@sh Examples/run.sh

api: ## compare the libraries' public declarations with those of API_BASE, such as a tag
	@$(SWIFT) package diagnose-api-breaking-changes $(API_BASE)

lint: ## check the format of the sources and that public declarations are documented
	@$(SWIFT) format lint --strict --recursive --parallel Sources Tests Examples registry Package.swift

format: ## format the sources
	@$(SWIFT) format --in-place --recursive --parallel Sources Tests Examples registry Package.swift

install: build ## install into PREFIX (/usr/local), below DESTDIR
	@PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) sh packaging/install.sh $(ZOO)

uninstall: ## remove what `make install` put there
	@PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) sh packaging/install.sh --remove

deb: build ## make a package for Debian 12 in .build/deb
	@sh packaging/deb.sh $(ZOO) .build/deb

debcheck: deb ## install that package in a fresh Debian (debootstrap, as root) and try it there
	@sh Tests/Packaging/check-deb.sh .build/deb

shells: build ## try the completions in bash, zsh and fish, and the manual pages in mandoc, where they are installed
	@sh Tests/Packaging/check-shells.sh $(ZOO)

clean: ## remove what was built
	rm -rf .build
