package main

import (
	"bytes"
	"strings"
	"testing"

	"symbolon/web"
)

// Whoever helps people finds every number, with what they read, in their language, and without any settings.
func TestErrorsAreExplained(t *testing.T) {
	say := func(code int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if got := run(t.Context(), append([]string{"errors"}, args...), nil, strings.NewReader(""), &out, &errs); got != code {
			t.Errorf("%v: exit %d, %s", args, got, &errs)
		}
		return out.String()
	}
	all := say(done)
	for _, row := range web.Errors() {
		if !strings.Contains(all, row.Number+"  ") || !strings.Contains(all, row.Support) {
			t.Errorf("%s is not explained", row.Number)
		}
	}
	one := say(done, "--of", "SYM-1203", "--language", "pl")
	if !strings.Contains(one, "conflict") || !strings.Contains(one, "Najpierw") || strings.Contains(one, "SYM-1204") {
		t.Errorf("one number: %s", one)
	}
	say(misuse, "--language", "tlh")
	say(failed, "--of", "SYM-0000")
}
