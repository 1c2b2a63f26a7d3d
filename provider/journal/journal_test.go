package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

type shelf struct {
	rows []Row
	err  error
}

func (s *shelf) Append(_ context.Context, r Row) error {
	if s.err != nil {
		return s.err
	}
	s.rows = append(s.rows, r)
	return nil
}

func (s *shelf) Note(ctx context.Context, r Row) error { return s.Append(ctx, r) }

func recorder(sink Sink) Recorder {
	return Recorder{
		Vault: seal.Vault{Keys: []seal.VaultKey{{ID: 1, Key: [32]byte{7}}}}, Store: sink,
		Now: func() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 1999, time.UTC) },
	}
}

// The golden bytes must never change: receipts given out rest on them.
func TestCanonicalFormIsFixed(t *testing.T) {
	id := seal.RowID{0: 1, 15: 255}
	at := time.UnixMicro(1_795_510_800_000_001)
	tests := []struct {
		name string
		in   Entry
		want string
	}{
		{"everything", Entry{ID: id, Kind: Released, At: at, Who: "ab", Party: "city", Ref: "ABCD-EFGH", Fields: map[string]any{
			"standing": false, "level": "high", "attributes": []string{"given_name", "birthdate"}, "age": 3, "none": []string{},
		}}, `{"at":1795510800000001,"fields":{"age":3,"attributes":["given_name","birthdate"],"level":"high","none":[],"standing":false},` +
			`"id":"010000000000000000000000000000ff","kind":"released","party":"city","ref":"ABCD-EFGH","v":1,"who":"ab"}`},
		{"nothing but what must be", Entry{ID: id, Kind: Joined, At: at},
			`{"at":1795510800000001,"id":"010000000000000000000000000000ff","kind":"joined","v":1}`},
		{"RFC 8785 §3.2.2.2 escapes", Entry{ID: id, Kind: Joined, At: at, Fields: map[string]any{"why": "a\"b\\c\n\x01<>&/ł\u2028\x7f"}},
			`{"at":1795510800000001,"fields":{"why":"a\"b\\c\n\u0001<>&/ł` + "\u2028\x7f" + `"},"id":"010000000000000000000000000000ff","kind":"joined","v":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row, err := recorder(nil).Row(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if string(row.Body) != tt.want {
				t.Errorf("body\n %s\nwant\n %s", row.Body, tt.want)
			}
			if !json.Valid(row.Body) {
				t.Error("the body is not JSON")
			}
		})
	}
}

func TestEntryHoldsNoHiddenValueAndNoOddType(t *testing.T) {
	const name = "Brzeziński-Testowy"
	tests := map[string]any{
		"secret": identity.Hide(name), "pointer to secret": &[]identity.Secret{identity.Hide(name)}[0],
		"value": identity.Text(name), "attribute": identity.Attribute{Value: identity.Text(name)},
		"attributes": identity.Attributes{{Value: identity.Text(name)}}, "list of anything": []any{identity.Hide(name)},
		"person": identity.PersonID{1}, "map": map[string]any{"x": identity.Hide(name)}, "float": 1.5, "bytes": []byte(name),
		"nil": nil, "raw JSON": json.RawMessage(`"x"`), "attribute names of their own type": []identity.AttributeName{"given_name"},
		"too large": 1 << 60, "broken text": "\xff", "broken text in a list": []string{"\xff"},
	}
	for label, value := range tests {
		_, err := recorder(nil).Row(Entry{Kind: Released, Fields: map[string]any{"field": value}})
		if err == nil {
			t.Errorf("%s: taken", label)
		} else if strings.Contains(err.Error(), name) {
			t.Errorf("%s: the error tells the value", label)
		}
	}
	for _, field := range []string{"", "Upper", "with space", "x\"y", "ä"} {
		if _, err := recorder(nil).Row(Entry{Kind: Released, Fields: map[string]any{field: true}}); err == nil {
			t.Errorf("field name %q: taken", field)
		}
	}
}

func TestLeafIsSaltedAndSaltIsSealedToItsRow(t *testing.T) {
	r := recorder(nil)
	e := Entry{ID: seal.RowID{1}, Kind: LoggedIn, At: time.UnixMicro(5), Who: "ab"}
	one, err := r.Row(e)
	if err != nil {
		t.Fatal(err)
	}
	two, err := r.Row(e)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Body, two.Body) || bytes.Equal(one.Leaf, two.Leaf) {
		t.Error("the same entry must give the same body and, by its salt, another leaf")
	}
	salt, err := r.Salt(one)
	if err != nil {
		t.Fatal(err)
	}
	if len(salt) != 32 || !bytes.Equal(Leaf(salt, one.Body), one.Leaf) {
		t.Error("the leaf is not that of salt and body")
	}
	if bytes.Contains(one.Salt, salt) {
		t.Error("the salt lies open")
	}
	moved := two
	moved.ID = seal.RowID{2}
	if _, err := r.Salt(moved); err == nil {
		t.Error("a salt opened in another row")
	}
}

func TestMissingIDAndTimeAreGiven(t *testing.T) {
	row, err := recorder(nil).Row(Entry{Kind: PersonMade})
	if err != nil {
		t.Fatal(err)
	}
	if row.ID == (seal.RowID{}) || row.At.Nanosecond() != 1000 {
		t.Errorf("id %v at %v: want an id, and the time to the microsecond", row.ID, row.At)
	}
}

func TestAppendTellsWhenItFails(t *testing.T) {
	broken := errors.New("disk full")
	r := recorder(&shelf{err: broken})
	row, err := r.Row(Entry{Kind: Joined})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Append(t.Context(), row); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	kept := &shelf{}
	r.Store = kept
	if err := r.Append(t.Context(), row); err != nil || len(kept.rows) != 1 {
		t.Errorf("error %v, rows %d", err, len(kept.rows))
	}
}
