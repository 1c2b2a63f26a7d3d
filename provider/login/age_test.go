package login

import (
	"testing"
	"time"
)

func TestAgeOfWhoeverWasBorn(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for birth, want := range map[string]int{
		"2013-11-24": 13, "2013-11-25": 12, "2013-11-00": 12, "2013-12-01": 12, "2013-10": 13, "2013": 12, "2013-00-00": 12, "1975": 50, "2027-01-01": -1,
	} {
		if got, known := ageOf(birth, now); !known || got != want {
			t.Errorf("born %s: %d, want %d", birth, got, want)
		}
	}
	for _, birth := range []string{"", "0000", "0000-05-03", "born"} {
		if _, known := ageOf(birth, now); known {
			t.Errorf("born %q has an age", birth)
		}
	}
}
