# Two commands matter: `make run` shows Kept at work, `make test` proves it.
# Both do their own set-up on a Debian machine with Go.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Light before fast where nothing is counted in microseconds: the rooms of COLD are a
# megabyte less without inlining. Those among them that work on masses of rows keep it.
COLD     = cmd internal/activity internal/app internal/console internal/demo internal/duty internal/portal internal/remote
MASSES   = internal/activity/accesslog internal/activity/analytics internal/activity/newsletter internal/duty/audit internal/duty/retain internal/duty/rights
# Libraries that are met at the start, or once for a file, a page or a connection: half a megabyte.
SELDOM   = codeberg.org/go-pdf/fpdf github.com/emersion github.com/go-asn1-ber/asn1-ber github.com/go-ldap/ldap github.com/go-sql-driver/mysql github.com/goccy/go-yaml github.com/spf13 github.com/teambition/rrule-go github.com/yuin/goldmark
LIGHT    = $(COLD:%=-gcflags=kept/%/...=-l) $(MASSES:%=-gcflags=kept/%/...=) $(SELDOM:%=-gcflags=%/...=-l)
# Functions begin at multiples of 16 bytes, not of 32: 0.3 MB less.
LINK     = -s -w -funcalign=16
# What the collector does for each event is compiled for that: a profile of its
# benchmark says what that is (make profile). An event is a twelfth cheaper for 0.4 MB.
PROFILE  = bench/collector/kept.pgo
BUILD    = CGO_ENABLED=0 $(GO) build -trimpath -tags "$(TAGS)" -pgo=$(PROFILE) $(LIGHT) -ldflags "$(LINK) -X main.version=$(VERSION)"
POSTGRES = $(GO) run ./internal/store/storetest/postgres --
SOURCES  = $(shell find cmd internal browser examples -type f 2>/dev/null) go.mod go.sum $(PROFILE)

.PHONY: run build test test-long check generate bench profile setup clean

run: bin/kept ## build, then show the demo; open the printed address
	./bin/kept demo

build: bin/kept ## the binary alone, in bin/kept

bin/kept: $(SOURCES)
	$(BUILD) -o $@ ./cmd/kept

# To collect garbage less often takes a third off staticcheck, a twentieth off the tests.
test test-long check: export GOGC = 400

# The rooms that take longest begin first, so that no core waits for them at the end;
# check has vetted all by then.
test: setup check ## unit, both databases, browser
	./scripts/memory $(POSTGRES) $(GO) test -vet=off -timeout 14m ./internal/app ./cmd/kept ./...
	$(GO) test -vet=off -tags mongodb,sqlserver -run 'SQLServer|Silent' ./internal/remote/sqldata

test-long: setup ## the suite again with race detector, then each fuzz target for a minute
	./scripts/memory $(POSTGRES) $(GO) test -race -timeout 60m ./...
	./scripts/fuzz 60s

check: ## format, vet, staticcheck, generated files, the program's weight; the import rules are a test
	@test -z "$$(gofmt -l browser cmd examples internal bench *.go)" || { gofmt -l browser cmd examples internal bench *.go; echo "gofmt -w these files"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags mongodb,sqlserver ./internal/remote/... ./internal/duty/dataset
	$(GO) tool staticcheck ./...
	./scripts/generated
	LIGHT="$(LIGHT)" LINK="$(LINK)" ./scripts/weight

generate: ## make the generated files anew
	$(GO) generate ./...

bench: setup ## print the figures of docs/performance.md
	$(POSTGRES) ./scripts/bench

profile: ## measure anew what the program is compiled for
	mkdir -p bin
	$(GO) test ./bench/collector -run '^$$' -bench SQLite -benchtime 1x -cpuprofile $(PROFILE) -o bin/collector.test

setup: ## what the tests need of the machine: Chromium, PostgreSQL, two mail servers
	./scripts/setup

clean:
	rm -rf bin dist
