package portal

import (
	"testing"
	"time"
)

// Means.md R-ENR-07: whoever comes by another way than the new one is told of it.
func TestR_ENR_07_WhoIsToldOfANewWay(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 41, 0, 0, time.UTC)
	day := func(ago int) time.Time { return now.Truncate(24*time.Hour).AddDate(0, 0, -ago) }
	held := func(state string, ago int) Held { return Held{State: state, Since: day(ago), Handed: true} }
	own := Held{State: "active", Since: day(1)}
	for _, c := range []struct {
		name  string
		all   []Held
		other bool
		want  int // so many days ago; -1: nothing is told
	}{
		{"nothing was given", nil, true, -1},
		{"given today, came by another", []Held{held("active", 0)}, true, 0},
		{"given today, came by it", []Held{held("active", 0)}, false, -1},
		{"two in one visit, came by one of them", []Held{held("active", 0), held("active", 0)}, false, -1},
		{"came by what an office gave, which may be the older one", []Held{held("active", 90), held("active", 3)}, false, 3},
		{"what is stopped is no news", []Held{held("suspended", 3)}, true, -1},
		{"replaced, came by the new one", []Held{held("superseded", 90), held("active", 3)}, false, -1},
		{"long ago", []Held{held("active", 31)}, true, -1},
		{"within thirty days", []Held{held("active", 30)}, true, 30},
		{"its owner added it, and was told then", []Held{own}, true, -1},
	} {
		want := time.Time{}
		if c.want >= 0 {
			want = day(c.want)
		}
		if got := NewsOf(c.all, c.other, now); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", c.name, got, want)
		}
	}
}
