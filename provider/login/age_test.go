package login

import (
	"errors"
	"testing"
	"time"

	"symbolon/connectors/identity"
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

// Where neither means nor register tells a birth date, the one that follows from the number says who is too young.
func TestTheNumberSaysWhoIsTooYoung(t *testing.T) {
	w := newWorld(t)
	w.MinimumAge = 13
	for birth, minor := range map[string]bool{"2020-01-01": true, "1987-02-22": false, "": false} {
		auth := identity.Authentication{Means: "card", Subject: identity.Hide("s"), Birth: birth}
		if _, err := w.match(t.Context(), auth, nil); errors.Is(err, errMinor) != minor {
			t.Errorf("born %q: %v", birth, err)
		}
		kept, err := (&Untied{Auth: auth}).store()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := kept.load(); err != nil || again.Auth.Birth != birth {
			t.Errorf("kept for a tie as %q: %v", again.Auth.Birth, err)
		}
	}
}
