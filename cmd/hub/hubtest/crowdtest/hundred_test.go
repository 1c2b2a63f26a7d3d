package crowdtest

import (
	"sync/atomic"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// A hundred desks at once: a hundred cases through to active, nothing lost and nothing doubled. The day's caps hold
// exactly as many, and the codes are worth nothing to who shows them once more.
func TestHundredDesksAtOnce(t *testing.T) {
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		w.Employ(t)
		before := persons(t, w)
		all := visitors(t, w)
		atOnce(all, func(v *visitor) { v.enrol(t) })
		if t.Failed() {
			return
		}
		for _, v := range all {
			if v.newCodes == 0 {
				t.Errorf("%s read no recovery codes", v.Key)
			}
		}
		whole(t, w, all, before)
		steps := steps(t, w)
		for _, act := range []enrolment.Act{enrolment.LookUp, enrolment.HandOver, enrolment.Claim, enrolment.BindKey} {
			if steps[act] != many {
				t.Errorf("%q is on record %d times", act, steps[act])
			}
		}
		if looks, codes := counted(t, w, staff.LookUp), counted(t, w, staff.HandOver); looks != many || codes != many {
			t.Errorf("%d look-ups and %d hand-overs are counted", looks, codes)
		}
		for what, query := range map[string]string{"cases": "SELECT count(*) FROM cases", "passkeys": "SELECT count(*) FROM credential_digests"} {
			if got := hubtest.Number(t, w.Identity.Source, query); got != many {
				t.Errorf("%s: %d", what, got)
			}
		}
		again(t, w, all)
		late := all[0].desk
		late.Get(w.At("desk"))
		late.Fill("number", w.Newcomer(many).Number[len("PNOPL-"):])
		if page := late.Click("find"); page.Refused() == "" || persons(t, w) != before+many {
			t.Errorf("one more than the day's cap:\n%s", page.Text())
		}
	}, append(office(many, many), hubtest.WithPhone(t, nil))...)
}

// again shows every code once more, on phones that nobody knows.
func again(t *testing.T, w *hubtest.World, all []*visitor) {
	t.Helper()
	var taken atomic.Int64
	atOnce(all, func(v *visitor) {
		thief := w.Browser(t)
		thief.Patient(2 * hubtest.Patience)
		thief.Get(w.Issuer + "/e")
		thief.Fill("number", v.number)
		thief.Fill("code", v.code)
		if page := thief.Click("begin-typed"); !page.Has("refused") {
			taken.Add(1)
		}
	})
	active := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM cases WHERE state = 'active' AND alarms = 1")
	if taken.Load() != 0 || active != many {
		t.Errorf("%d codes were redeemed twice, %d active cases have their alarm", taken.Load(), active)
	}
}
