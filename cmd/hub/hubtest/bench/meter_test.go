package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"symbolon/provider/store"
)

// meter reads how much CPU time the hub's process and the database server's have used. The
// benchmarks' own process, with browsers, services and upstreams in it, is not counted.
type meter struct {
	hub      int // process id
	database int // of the server's first process; 0 for SQLite, whose work is the hub's own
}

// spent is CPU time.
type spent struct{ hub, database time.Duration }

func (s spent) minus(o spent) spent { return spent{s.hub - o.hub, s.database - o.database} }
func (s spent) plus(o spent) spent  { return spent{s.hub + o.hub, s.database + o.database} }

func (m meter) read(b *testing.B) spent {
	b.Helper()
	s := spent{hub: threads(b, m.hub)}
	if m.database != 0 {
		s.database = threads(b, m.database) + server(b, m.database)
	}
	return s
}

// threads sums up what the threads of a process have used, to the nanosecond: the first figure of
// schedstat. What has ended in the meantime is not in it, and Go ends none that is not locked.
func threads(b *testing.B, pid int) time.Duration {
	b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		b.Fatal(err)
	}
	var sum time.Duration
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			b.Fatal(err)
		}
		ran, _, _ := strings.Cut(string(raw), " ")
		n, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			b.Fatalf("%s: %v", file, err)
		}
		sum += time.Duration(n)
	}
	return sum
}

// tick is what /proc counts the time of ended processes in: USER_HZ, 100 on every Linux.
const tick = 10 * time.Millisecond

// server sums up the children of a database server, those that have ended as well.
func server(b *testing.B, pid int) time.Duration {
	b.Helper()
	own := status(b, pid)
	sum := time.Duration(number(b, own[13])+number(b, own[14])) * tick // cutime, cstime
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		b.Fatal(err)
	}
	for _, dir := range all {
		child := number(b, filepath.Base(dir))
		if fields := status(b, child); len(fields) > 1 && number(b, fields[1]) == pid {
			sum += threads(b, child)
		}
	}
	return sum
}

// status gives the fields of /proc/PID/stat from the third on, which is the state; none for a
// process that is gone.
func status(b *testing.B, pid int) []string {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // the name before it may hold anything
}

func number(b *testing.B, text string) int {
	b.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// resident gives the memory that a process has in use, in MB.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	return float64(number(b, strings.Fields(rest)[0])) / 1024
}

// postmaster gives the first process of the server that runs a database on this machine.
func postmaster(b *testing.B, d store.Dialect, source string) int {
	b.Helper()
	if d != store.PostgreSQL {
		return 0
	}
	dir := ask[string](b, source, "SHOW data_directory")
	raw, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		b.Fatalf("which process is the server: %v", err)
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	return number(b, first)
}

// ask gets one value from a PostgreSQL database.
func ask[T any](b *testing.B, source, question string) (answer T) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), source)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(b.Context()) }() // it was only asked
	if err := conn.QueryRow(b.Context(), question).Scan(&answer); err != nil {
		b.Fatalf("%s: %v", question, err)
	}
	return answer
}

// account adds up what an operation costs.
type account struct {
	b     *testing.B
	meter meter
	began spent
	sum   spent
	count int
}

func open(b *testing.B, m meter) *account {
	b.Helper()
	return &account{b: b, meter: m, began: m.read(b)}
}

// pause leaves out what comes until resume: preparations that are not to be measured.
func (a *account) pause() {
	a.b.StopTimer()
	a.sum = a.sum.plus(a.meter.read(a.b).minus(a.began))
}

func (a *account) resume() {
	a.began = a.meter.read(a.b)
	a.b.StartTimer()
}

// report gives CPU milliseconds for one operation.
func (a *account) report(unit string) {
	a.b.Helper()
	a.pause()
	per := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(a.count) }
	a.b.ReportMetric(per(a.sum.hub), "cpu-ms/"+unit)
	if a.meter.database != 0 {
		a.b.ReportMetric(per(a.sum.database), "pg-ms/"+unit)
	}
}
