# The default build needs no C compiler; race tests do and set CGO_ENABLED themselves.
export CGO_ENABLED := 0
BIN := $(CURDIR)/bin

.PHONY: check test demo screenshots race bench tools

check: tools
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	go vet ./...
	$(BIN)/golangci-lint run ./...
	go test -count=1 -run '^TestHouse' ./cmd

test:
	go test ./...

demo:
	go run ./cmd/demo

screenshots:
	AXE=$(AXE) SCREENSHOTS=$(CURDIR)/screenshots go test -count=1 -run '^(TestScreenshots|TestTwoWindows.*|TestTheStaffsPages|TestTheOtherWaysInABrowser|TestThePhoneScansTheCode|TestTheRegistersLinkInABrowser|.*ByKeyboard)$$' ./cmd/hub/hubtest/browsertest ./cmd/hub/hubtest/officewindowtest

race:
	CGO_ENABLED=1 go test -race ./provider/... ./cmd/hub/...

bench:
	go test -run '^$$' -bench . ./...

tools: $(BIN)/golangci-lint

$(BIN)/golangci-lint:
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
