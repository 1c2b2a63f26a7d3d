package desk

import (
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Attacks IN-10: whoever reached the day's limit is offered to be locked as well; who is locked by somebody is not.
func TestWhoReachedTheDaysLimitIsOfferedToBeLocked(t *testing.T) {
	for name, row := range map[string]struct {
		state staff.State
		why   string
		locks bool
	}{
		"works": {staff.Active, "", true}, "at the limit": {staff.Locked, "daily_cap", true},
		"locked": {staff.Locked, "security", false}, "locked before": {staff.Locked, "earlier", false}, "the office is off": {staff.Locked, "office_off", false},
	} {
		all, err := locale.Load()
		if err != nil {
			t.Fatal(err)
		}
		line := colleagues([]staff.Member{{State: row.state, Why: row.why}}, Viewer{}, all.Words("en"))[0]
		if line.Locks != row.locks {
			t.Errorf("%s: offered %v", name, line.Locks)
		}
	}
}

// Means.md §4.2: an administrator is offered nothing against themselves, nor against who watches over them; who watches
// is offered everybody else.
func TestWhoIsOfferedToBeLocked(t *testing.T) {
	lead := staff.Member{Person: identity.PersonID{1}, Role: staff.LocalAdministrator, State: staff.Active}
	watch := staff.Member{Person: identity.PersonID{2}, Role: staff.SecurityOfficer, State: staff.Active}
	clerk := staff.Member{Person: identity.PersonID{3}, Role: staff.EnrolmentClerk, State: staff.Active}
	other := staff.Member{Person: identity.PersonID{4}, Role: staff.SecurityOfficer, State: staff.Active}
	for _, who := range []struct {
		looks staff.Member
		kept  []bool
	}{{lead, []bool{true, true, false, true}}, {watch, []bool{false, true, false, false}}} {
		for i, c := range colleagues([]staff.Member{lead, watch, clerk, other}, Viewer{Member: who.looks}, nil) {
			if c.Kept != who.kept[i] {
				t.Errorf("a %s looks at a %s: kept from them %v", who.looks.Role, c.Role, c.Kept)
			}
		}
	}
}

// Means.md R-VER-04: an administrator is offered to let in whom anybody locked, but not who was locked twice within a week; a
// security officer is.
func TestWhoIsOfferedToBeLetIn(t *testing.T) {
	lead := staff.Member{Person: identity.PersonID{1}, Role: staff.LocalAdministrator, Office: "one", State: staff.Active}
	watch := staff.Member{Person: identity.PersonID{2}, Role: staff.SecurityOfficer, State: staff.Active}
	all, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		why    string
		before time.Time
		letsIn bool // an administrator
	}{
		"by an administrator": {"administrator", time.Time{}, true}, "by an officer": {"security", time.Time{}, true}, "at the limit": {"daily_cap", time.Time{}, true},
		"again within a week": {"daily_cap", now.Add(-time.Hour), false}, "again later": {"daily_cap", now.Add(-8 * 24 * time.Hour), true},
	} {
		m := staff.Member{Person: identity.PersonID{3}, Role: staff.EnrolmentClerk, Office: "one", State: staff.Locked, Why: row.why, Lock: now, Before: row.before}
		if c := colleagues([]staff.Member{m}, Viewer{Member: lead}, all.Words("en"))[0]; c.LetsIn != row.letsIn {
			t.Errorf("%s: an administrator lets in: %v", name, c.LetsIn)
		}
		if c := colleagues([]staff.Member{m}, Viewer{Member: watch}, all.Words("en"))[0]; !c.LetsIn {
			t.Errorf("%s: an officer does not let in", name)
		}
	}
}
