package hubtest

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Figure adds up a metric over all replicas and all its rows whose text begins so, for example
// `symbolon_journal_entries_total{kind="released"}`.
func (w *World) Figure(t testing.TB, begins string) float64 {
	t.Helper()
	sum := 0.0
	for _, r := range w.Replicas {
		resp, err := http.Get(r.Admin + "/metrics")
		if err != nil {
			t.Fatalf("figures: %v", err)
		}
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			row, value, ok := cutLast(lines.Text())
			if !ok || !strings.HasPrefix(row, begins) {
				continue
			}
			f, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatalf("figure %s: %v", row, err)
			}
			sum += f
		}
		_ = resp.Body.Close() // read to its end
		if lines.Err() != nil {
			t.Fatalf("figures: %v", lines.Err())
		}
	}
	return sum
}

func cutLast(line string) (row, value string, ok bool) {
	i := strings.LastIndexByte(line, ' ')
	if i < 0 || strings.HasPrefix(line, "#") {
		return "", "", false
	}
	return line[:i], line[i+1:], true
}

// Entries gives how many journal entries of a kind the replicas have written.
func (w *World) Entries(t testing.TB, kind string) int {
	t.Helper()
	return int(w.Figure(t, `symbolon_journal_entries_total{kind="`+kind+`"}`))
}

// Await waits until something holds, and fails the test if it does not within half a minute.
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
