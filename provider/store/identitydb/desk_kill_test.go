package identitydb

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/provider/store/storetest"
)

const (
	officeOfParent = "SYMBOLON_TEST_OFFICE_AT"
	firstVisit     = "SYMBOLON_TEST_OFFICE_FROM"
	visitsAtKill   = 12 // of 50: in the middle
)

// Kill -9 in the middle of a hundred visits: what was begun is whole or not there, and everybody can
// still be enrolled, once.
func TestKilledInTheMiddleOfVisits(t *testing.T) {
	if source := os.Getenv(officeOfParent); source != "" {
		officeWorks(t, source)
		return
	}
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		w := found(t, open(t, d), nil).settle(t)
		for _, from := range []int{100, 150} {
			killInTheMiddle(t, d.Source, from)
		}
		after := found(t, open(t, d), nil)
		after.Policy.LookUps, after.Policy.Enrolments = 1000, 1000
		after.clerk = after.actor(t, w.clerk.Member)
		for n := 100; n < 200; n++ {
			after.comeAgain(t, invented(n))
		}
		var active, people, entries, alive, lost, scans, taken int
		sql := after.db.SQL(t.Context())
		must(t, sql.Row("SELECT count(*), count(DISTINCT person) FROM cases WHERE state = 'active'", nil, &active, &people))
		must(t, sql.Row("SELECT count(*) FROM vouchers v JOIN cases c ON c.id = v.case_id WHERE v.state IN ('issued', 'claimed') AND c.state = 'active'", nil, &alive))
		must(t, sql.Row("SELECT count(*) FROM cases WHERE state = 'confirmed'", nil, &lost))
		must(t, sql.Each("SELECT body FROM journal WHERE kind = 'case_step'", nil, func(scan func(...any) error) error {
			var body []byte
			err := scan(&body)
			if strings.Contains(string(body), `"act":"activate"`) {
				entries++
			}
			if strings.Contains(string(body), `"act":"scan"`) {
				scans++
			}
			return err
		}))
		must(t, sql.Row("SELECT count(*) FROM phone_requests WHERE case_id IS NOT NULL", nil, &taken))
		if scans != taken || scans == 0 {
			t.Errorf("%d phones taken, %d on record", taken, scans)
		}
		if active != 100 || people != 100 || entries != 100 || alive != 0 || lost != 0 {
			t.Errorf("%d active of %d people, %d on record, %d codes alive, %d half done", active, people, entries, alive, lost)
		}
	})
}

// comeAgain enrols somebody who is not enrolled; a case that was cut short is ended first.
func (w *town) comeAgain(t *testing.T, number string) {
	t.Helper()
	p := w.human(t, number)
	rows, err := w.db.Cases(t.Context(), enrolment.Query{Person: p, Since: moment().AddDate(-1, 0, 0)})
	must(t, err)
	for _, row := range rows {
		c, err := w.Case(t.Context(), w.clerk, row.ID) // finishes what only lacked its last step
		must(t, err)
		if c.State == enrolment.Active {
			return
		}
		if c.State.Open() {
			_, err = w.Cancel(t.Context(), w.clerk, c.ID, "citizen_left")
			must(t, err)
		}
	}
	c, err := w.visit(t.Context(), number)
	if err != nil || c.State != enrolment.Active {
		t.Fatalf("after the crash a visit ends %s: %v", c.State, err)
	}
}

func killInTheMiddle(t *testing.T, source string, from int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledInTheMiddleOfVisits$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), officeOfParent+"="+source, firstVisit+"="+strconv.Itoa(from))
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	done := 0
	for done < visitsAtKill && lines.Scan() {
		if strings.HasPrefix(lines.Text(), "done") {
			done++
		}
	}
	must(t, cmd.Process.Kill())
	if cmd.Wait() == nil || done < visitsAtKill {
		t.Fatalf("the office ended by itself after %d visits", done)
	}
}

// officeWorks is what the other process does: fifty visits at once, a line for each that is done.
func officeWorks(t *testing.T, source string) {
	from, err := strconv.Atoi(os.Getenv(firstVisit))
	must(t, err)
	w := found(t, open(t, storetest.Database{Source: source}), nil)
	w.Policy.LookUps, w.Policy.Enrolments = 1000, 1000
	members, err := w.staff.In(t.Context(), "room-14")
	must(t, err)
	for _, m := range members {
		if m.Role == staff.EnrolmentClerk {
			w.clerk = w.actor(t, m)
		}
	}
	var all sync.WaitGroup
	turn := make(chan struct{}, 8)
	for n := range 50 {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			visit := w.visit
			if n%2 == 1 {
				visit = w.visitFirst
			}
			if _, err := visit(t.Context(), invented(from+n)); err != nil {
				t.Error(err)
			}
			fmt.Printf("done %d\n", n)
		})
	}
	all.Wait()
	select {} // until it is killed
}
