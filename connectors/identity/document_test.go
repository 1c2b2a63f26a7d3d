package identity

import "testing"

func TestDocument_is_written_and_read(t *testing.T) {
	number, err := ParseIdentifier("IDCPL-ZZP100001")
	if err != nil {
		t.Fatal(err)
	}
	holder, err := ParseIdentifier("PNOPL-87022290019")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []Document{{}, {Type: "idcard", Number: number}, {Type: "idcard", Holder: holder}, {Type: "idcard", Number: number, Holder: holder}} {
		if back, err := ParseDocument(d.Key()); err != nil || back != d {
			t.Errorf("%q: %v", d.Key(), err)
		}
	}
	if !(Document{Type: "idcard"}).IsZero() || (Document{Holder: holder}).IsZero() {
		t.Error("a type alone names no document; a holder does")
	}
	for _, bad := range []string{"x", "idcard\nIDCPL-1", "idcard\nPNOPL-87022290018\n", "a\nb\nc\nd"} {
		if _, err := ParseDocument(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
