package config

import (
	"slices"
	"testing"
	"time"
)

// Means.md §4.4, WCAG 2.2.1: how long a code works has bounds.
func TestHowLongACodeWorks(t *testing.T) {
	for _, row := range []struct {
		desk, home time.Duration
		refused    []string
	}{
		{15 * time.Minute, 72 * time.Hour, nil},
		{5 * time.Minute, 7 * 24 * time.Hour, nil},
		{4 * time.Minute, 72 * time.Hour, []string{"desk.code_time"}},
		{2 * time.Hour, 8 * 24 * time.Hour, []string{"desk.code_time", "desk.home_code_time"}},
		{15 * time.Minute, time.Minute, []string{"desk.home_code_time"}},
	} {
		var c checks
		c.desk(Desk{LookUps: 1, Enrolments: 1, Age: 13, CodeTime: row.desk, HomeTime: row.home})
		var refused []string
		for _, p := range c.found {
			refused = append(refused, p.Path)
		}
		if slices.Sort(refused); !slices.Equal(refused, row.refused) {
			t.Errorf("%v and %v: refused %v", row.desk, row.home, refused)
		}
	}
}
