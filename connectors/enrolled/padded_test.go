package enrolled

import (
	"testing"
	"time"
)

// Attacks EN-02: a try takes as much work for a name that has no app, one, or as many as most people have at the most;
// and nothing is equal to what fills up.
func TestAttack_EN_02_AsMuchWorkForOneAppAsForTwo(t *testing.T) {
	for n := range usualApps + 1 {
		all := padded(make([]compared, n))
		if len(all) != usualApps {
			t.Errorf("%d apps: %d are compared", n, len(all))
		}
		for _, filled := range all[n:] {
			if _, right, err := checkTOTP(filled.record, "000000", "000000", time.Unix(0, 0)); right || err != nil || filled.row != nil {
				t.Errorf("something is equal to nothing: %v", err)
			}
		}
	}
	if got := len(padded(make([]compared, usualApps+3))); got != usualApps+3 {
		t.Errorf("%d of more are compared", got)
	}
}
