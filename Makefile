# Maan: build, test and run. `make help` lists the targets.

export GOTOOLCHAIN := local
export GOFLAGS := $(GOFLAGS) -buildvcs=false

BIN := .maan/bin
GO ?= go
TOOL_VERSIONS := deploy/tools/go.mod

# Tests use this server when it is given, else one of their own.
MAAN_TEST_DATABASE_URL ?= $(DATABASE_URL)
export MAAN_TEST_DATABASE_URL

# Runs a command with a private PostgreSQL server for its tests.
WITH_POSTGRES := $(GO) run ./internal/devstack/postgres/withpostgres

# The packages whose tests need no development stack: everything but the end-to-end tests.
UNIT_PACKAGES = $$($(GO) list ./... | grep -v '/internal/e2e')

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z\/]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: maan devstack ## build maan and devstack into .maan/bin

.PHONY: maan
maan:
	@if [ -d cmd/maan ]; then $(GO) build -o $(BIN)/maan ./cmd/maan; else echo "cmd/maan is not there yet"; fi

.PHONY: devstack
devstack:
	cd deploy/devstack && $(GO) build -o ../../$(BIN)/devstack .

.PHONY: up
up: build postgres ## run the development stack with worker and API until Ctrl-C
	$(BIN)/devstack up

.PHONY: down
down: ## stop a development stack that still runs
	$(BIN)/devstack down

.PHONY: demo
demo: build postgres ## take sample invoices through their ladders (ONCE=1: then stop)
	$(BIN)/devstack demo $(if $(ONCE),--once)

.PHONY: test
test: postgres build ## run all tests, a few minutes
	$(WITH_POSTGRES) $(GO) test $(UNIT_PACKAGES)
	$(WITH_POSTGRES) $(GO) test ./internal/e2e/...
	cd deploy/devstack && $(GO) test ./...

.PHONY: test/full
test/full: postgres build ## run all tests with every sample invoice
	MAAN_TEST_FULL=1 $(WITH_POSTGRES) $(GO) test -count=1 -timeout 60m ./...
	cd deploy/devstack && $(GO) test -count=1 -timeout 60m ./...

.PHONY: test/race
test/race: postgres ## run the tests that need no development stack under the race detector
	$(WITH_POSTGRES) $(GO) test -race $(UNIT_PACKAGES)

.PHONY: replay
replay: ## replay every recorded history with the present workflow code
	@if [ -d workflows ]; then $(GO) test -count=1 -run 'Replay' ./workflows/...; else echo "workflows is not there yet"; fi

.PHONY: lint
lint: tools ## run the linters
	$(BIN)/golangci-lint run ./...
	cd deploy/devstack && ../../$(BIN)/golangci-lint run --config ../../.golangci.yml ./...

.PHONY: workflowcheck
workflowcheck: tools
	@if [ -d workflows ]; then $(BIN)/workflowcheck ./workflows/...; else echo "workflows is not there yet"; fi

.PHONY: generate
generate: tools ## generate code from api/openapi.yaml
	PATH="$(CURDIR)/$(BIN):$$PATH" $(GO) generate ./...

.PHONY: generate/check
generate/check: tools
	PATH="$(CURDIR)/$(BIN):$$PATH" ./.ci/generate-check

.PHONY: vet
vet:
	$(GO) vet ./...
	cd deploy/devstack && $(GO) vet ./...

.PHONY: verify
verify: vet lint generate/check replay workflowcheck test/race ## lint, generated code, replay, determinism, races

# ONLY=events, files, throughput, bulk or backlog: only these figures. BACKLOG=500 ROUNDS=1: a smaller backlog.
.PHONY: bench
bench: postgres build ## measure against the numbers of the design (ONLY= BACKLOG= ROUNDS=)
	MAAN_BENCH=1 MAAN_BENCH_ONLY="$(ONLY)" MAAN_BENCH_BACKLOG="$(BACKLOG)" MAAN_BENCH_BACKLOGS="$(ROUNDS)" \
		$(WITH_POSTGRES) $(GO) test -count=1 -timeout 60m -run '^TestBench$$' -v ./internal/e2e

# SHORT=1: few invoices, cases side by side. CASE=payment: only cases with that in their name.
# SEED=7: the random moments of an earlier run. INVOICES=200: of each case.
.PHONY: chaos
chaos: postgres build ## take parts away while reminders leave (SHORT=1: two minutes; CASE= SEED= INVOICES=)
	MAAN_CHAOS=1 MAAN_CHAOS_CASE="$(CASE)" MAAN_CHAOS_SEED="$(SEED)" MAAN_CHAOS_INVOICES="$(INVOICES)" \
		$(GO) test -count=1 -timeout 60m $(if $(SHORT),-short) -run '^TestChaos$$' -v ./internal/e2e

.PHONY: fuzz
fuzz: ## fuzz every parser in turn (FUZZTIME=10m each)
	@$(GO) list ./... | while read -r package; do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(or $(FUZZTIME),10m) $$package || exit 1; \
		done; \
	done

.PHONY: clean
clean: ## remove what was built and the development data
	rm -rf .maan coverage.out coverage.html

# The tools are built once for each change of their versions.
.PHONY: tools
tools: $(BIN)/.tools

$(BIN)/.tools: $(TOOL_VERSIONS)
	@mkdir -p $(BIN)
	cd deploy/tools && GOBIN="$(CURDIR)/$(BIN)" $(GO) install tool
	@touch $@

# On Debian root gets PostgreSQL installed where it is missing; without a cluster of its own, which
# would take port 5432. Elsewhere the launcher says what to install.
.PHONY: postgres
postgres:
	@./.ci/ensure-postgres
