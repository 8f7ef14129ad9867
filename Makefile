# What a developer and the CI call. `make check` is the inner loop, `make test`
# is everything; both fail, and say what to install, when a tool is missing.

SHELL    := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

LINT := go tool -modfile=tools/go.mod golangci-lint
CODE := ./internal/... ./cmd/... ./bench/...

# The outer tests run this binary instead of each building its own.
export PLAYHEAD_BINARY := $(CURDIR)/bin/playhead

# This one is a ClickHouse server for them, see tools/clickhouse.
export PLAYHEAD_CLICKHOUSE := $(CURDIR)/bin/clickhouse

# This one is an S3-compatible server for all tests, see tools/s3.
export PLAYHEAD_S3 := $(CURDIR)/bin/s3

.PHONY: build run geo ui ui-check check test bench bench-go bench-fold bench-ingest bench-growth bench-queries bench-realtime bench-export bench-dashboard fuzz crash incidents vet lint unit race e2e dashboard clickhouse s3 need-go need-node need-browser clean

## build: bin/playhead, the whole product in one file
build: need-go
	go build -o bin/playhead ./cmd/playhead

## run: the demo, with simulated viewers; prints what to ask it
run: build geo
	bin/playhead demo

# The dashboard is built of ui/ into internal/web/dist, which is committed: to
# build the server nothing of this is needed.
ESBUILD := go tool -modfile=tools/go.mod esbuild
UI_DIST := internal/web/dist
UI_BUILD = $(ESBUILD) ui/src/main.tsx ui/src/icon.svg --bundle --minify --format=esm --target=es2023 --jsx=automatic --jsx-import-source=preact \
  --loader:.svg=copy --entry-names=[name] --legal-comments=none --log-level=warning --alias:react=preact/compat

## ui: the dashboard, of its sources into internal/web/dist
ui: ui/src/api/schema.ts
	rm -rf $(UI_DIST)
	$(UI_BUILD) --outdir=$(UI_DIST)

# The types of what the API answers, from its description.
ui/src/api/schema.ts: docs/reference/openapi.json ui/node_modules/.package-lock.json
	cd ui && npx openapi-typescript ../docs/reference/openapi.json -o src/api/schema.ts >/dev/null

## ui-check: types, lint and unit tests of the dashboard, and whether what is committed is built of it
ui-check: need-node ui/src/api/schema.ts
	cd ui && npx tsc
	cd ui && npx biome check --error-on-warnings
	$(ESBUILD) ui/test/*.test.ts --bundle --platform=node --format=esm --jsx=automatic --jsx-import-source=preact --outdir=bin/ui-test --log-level=warning
	node --test bin/ui-test/
	rm -rf bin/dist && $(UI_BUILD) --outdir=bin/dist
	diff -r bin/dist $(UI_DIST) || { echo '$(UI_DIST) is not what ui/ makes: run make ui and commit it' >&2; exit 1; }

## check: the inner loop: build, vet, lint and unit tests, without a browser
check: build vet lint unit

## test: everything, as the CI runs it
test: build vet lint ui-check unit race e2e

## bench: all benchmarks, each of which also runs alone: bench-ingest, bench-fold,
## bench-growth, crash, bench-realtime, bench-export, bench-dashboard, bench-queries (VIEWS=1000000 for a smaller file of views),
## and bench-go for those of single packages, of which bench-fold are some
bench: bench-ingest bench-go bench-growth crash bench-realtime bench-export bench-dashboard bench-queries

bench-go: need-go
	go test -run '^$$' -bench . -benchmem $(CODE)

## bench-fold: what an event takes to be decoded and folded, what an open view takes in memory
bench-fold: need-go
	go test -run '^$$' -bench 'Split|Decode|Fold|OpenView|Recorded' -benchmem ./internal/beacon/mux ./internal/view ./internal/tracker ./internal/store/duckdb

## bench-ingest: what the server takes, beside two baselines on the same machine
bench-ingest: build
	go build -o bin/ingest ./bench/ingest
	bin/ingest -dir bin/bench-ingest

## bench-growth: what 4 and 16 times the load, the open and the stored views cost
bench-growth: build
	go build -o bin/growth ./bench/growth
	go build -o bin/queries ./bench/queries
	bin/growth -dir bin/bench-growth

## bench-realtime: real-time numbers at 100,000 viewers: answers, memory, how soon they are seen
bench-realtime: build
	go build -o bin/realtime ./bench/realtime
	bin/realtime -dir bin/bench-realtime

## bench-export: a day of a million views, exported in each format, beside DuckDB's own COPY
bench-export: build
	go build -o bin/export ./bench/export
	bin/export -dir bin/bench-export

## bench-dashboard: how soon the dashboard shows something, and how charts move, in a real browser on the data of the demo
bench-dashboard: build need-browser ui/node_modules/.package-lock.json ui/src/api/schema.ts
	$(ESBUILD) ui/bench/chart.tsx --bundle --minify --format=iife --target=es2023 --jsx=automatic --jsx-import-source=preact --alias:react=preact/compat --outdir=bin/bench-chart --log-level=warning
	go test -count=1 -v -timeout 30m ./e2e/dashboard -args -files ui/bench/bench.mjs -days 30 -views 50000

VIEWS ?= 10000000
bench-queries: need-go
	go run ./bench/queries -views $(VIEWS) -dir bin/bench

## crash: kills the server KILLS times under load and looks for what is lost; SEED=7 for other moments
KILLS ?= 100
SEED  ?= 1
crash: build $(PLAYHEAD_S3)
	go test -count=1 -v -timeout 120m ./e2e/crash -args -kills $(KILLS) -seed $(SEED)

## incidents: plays faults in SEEDS worlds and looks whether they are found, and their causes named
SEEDS ?= 3
incidents: need-go
	go test -count=1 -v -timeout 120m -run 'TestIncidentScenarios' ./internal/app -args -seeds $(SEEDS)

## fuzz: each fuzzer for a while; FUZZTIME=10m for longer. What one finds is
## written to testdata/fuzz: from then on it is one of the tests
FUZZTIME ?= 1m
fuzz: need-go
	for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' internal cmd | xargs -n1 dirname | sort -u); do \
	  for name in $$(grep -ho '^func Fuzz[A-Za-z]*' $$dir/*_test.go | cut -c6-); do \
	    echo "$$dir $$name"; \
	    go test ./$$dir -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 50x; \
	  done; \
	done

# Countries and networks by address for the demo, which looks for them beside
# the binary and does without when there is no npm or no network. The packages
# are free to use: their data is by the Number Resource Organization (nro.net),
# RouteViews (routeviews.org) and DB-IP (db-ip.com), under CC BY 4.0.
GEO      := bin/geo
GEO_PACK := npm pack --silent --fetch-retries 0 --fetch-timeout 30000 --pack-destination $(GEO)
GEO_DATE := 2.3.2026061719

geo:
	@$(MAKE) --no-print-directory $(GEO)/country.mmdb $(GEO)/asn.mmdb || \
	  echo 'a database is missing: the demo will not tell where all viewers are' >&2

$(GEO)/country.mmdb:
	mkdir -p $(GEO)/country
	$(GEO_PACK) @ip-location-db/geo-whois-asn-country-mmdb@$(GEO_DATE)
	tar xzf $(GEO)/ip-location-db-geo-whois-asn-country-mmdb-$(GEO_DATE).tgz -C $(GEO)/country
	mv $(GEO)/country/package/geo-whois-asn-country.mmdb $@
	rm -r $(GEO)/country $(GEO)/*.tgz

$(GEO)/asn.mmdb:
	mkdir -p $(GEO)/asn
	$(GEO_PACK) @ip-location-db/asn@$(GEO_DATE)
	tar xzf $(GEO)/ip-location-db-asn-$(GEO_DATE).tgz -C $(GEO)/asn
	go run -C tools ./asnmmdb $(CURDIR)/$@ $(CURDIR)/$(GEO)/asn/package/asn-ipv4.csv $(CURDIR)/$(GEO)/asn/package/asn-ipv6.csv
	rm -r $(GEO)/asn $(GEO)/*.tgz

vet: need-go
	go vet ./...

lint: need-go
	$(LINT) run ./...

unit: need-go $(PLAYHEAD_S3)
	go test $(CODE)

# The race detector makes everything some ten times as slow: what takes long is
# played whole without it, and here (-short) in parts, or not at all where nothing is concurrent.
race: need-go $(PLAYHEAD_S3)
	go test -race -short -timeout 30m $(CODE)

# The server and the engine in it, which comes from npm for Linux on x86-64.
CLICKHOUSE := $(PLAYHEAD_CLICKHOUSE) e2e/clickhouse/node_modules/.package-lock.json

# The outer tests drive the real binary: -count=1 because its content is not part
# of what the test cache looks at. Those that measure time or show a screen run one by one,
# of the others two at once; those of streams only wait, minutes in real time, beside the scenarios.
ALONE := browser overload dashboard
e2e: build need-browser e2e/node_modules/.package-lock.json ui/node_modules/.package-lock.json $(CLICKHOUSE) $(PLAYHEAD_S3)
	go test -count=1 -p 1 -timeout 20m $(ALONE:%=./e2e/%)
	go test -count=1 -p 2 -timeout 20m $$(go list ./e2e/... | grep -vE '/($(subst $() ,|,$(ALONE) stream))$$')
	go test -count=1 ./e2e/stream & stream=$$!; failed=0; \
	  go test -count=1 -timeout 40m -parallel 5 -run TestIncidentScenarios ./internal/app -args -seeds 1 || failed=1; \
	  wait $$stream || failed=1; exit $$failed

## dashboard: of the outer tests only those of the dashboard; SCREEN=realtime for one file of ui/e2e
SCREEN ?= *
dashboard: build need-browser ui/node_modules/.package-lock.json
	go test -count=1 -v -timeout 30m ./e2e/dashboard -args -files 'ui/e2e/$(SCREEN).test.mjs'

## clickhouse: of the outer tests only those of the ClickHouse engine
clickhouse: need-go $(CLICKHOUSE)
	go test -count=1 ./e2e/clickhouse

$(PLAYHEAD_CLICKHOUSE): tools/clickhouse/main.go tools/go.mod
	go build -C tools -o $@ ./clickhouse

## s3: the server that tests of object storage speak to
s3: need-go $(PLAYHEAD_S3)

$(PLAYHEAD_S3): tools/s3/main.go tools/s3/go.mod
	go build -C tools/s3 -o $@ .

%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	cd $* && npm ci --no-audit --no-fund
	touch $@

need-go:
	@command -v go >/dev/null || { echo 'go is missing: install Go 1.26 or later from https://go.dev/dl/' >&2; exit 1; }
	@command -v "$$(go env CC)" >/dev/null || { echo 'a C compiler is missing (DuckDB needs cgo): apt-get install gcc g++' >&2; exit 1; }

need-node:
	@command -v node >/dev/null && command -v npm >/dev/null || \
	  { echo 'node and npm are missing: install Node.js 20 or later from https://nodejs.org/' >&2; exit 1; }
	@node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' || \
	  { echo "node $$(node --version) is too old: install Node.js 20 or later from https://nodejs.org/" >&2; exit 1; }

# On Debian, root gets what is missing by itself, as on a fresh CI machine.
need-browser: need-node
	@missing=; for tool in chromium ffmpeg; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	  if [ -n "$$missing" ]; then \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	      apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing; \
	    else \
	      echo "missing:$$missing (on Debian: apt-get install$$missing)" >&2; exit 1; \
	    fi; \
	  fi

clean:
	rm -rf bin ui/node_modules ui/src/api/schema.ts e2e/node_modules e2e/clickhouse/node_modules
