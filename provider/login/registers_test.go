package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent/claims"
	"symbolon/provider/journal"
)

// answers is a register that says what the test wants, and counts.
type answers struct {
	err   error
	asked int
}

func (a *answers) Person(context.Context, identity.Identifier) (register.Person, error) {
	a.asked++
	return register.Person{}, a.err
}

func (a *answers) Documents(context.Context, identity.Identifier) ([]register.Document, error) {
	a.asked++
	return nil, a.err
}

// A party that asks whether somebody has a valid document learns yes or no and not why; nobody takes "we
// do not know" for either (R-STAT-05).
func TestWhetherADocumentIsValid(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	one := func(status register.DocumentStatus, expires time.Time) register.Document {
		return register.Document{Type: "idcard", Number: identity.Hide("ZZP1"), Status: status, Expires: expires, AsOf: now.Add(-time.Second)}
	}
	valid, past := one(register.Valid, now), one(register.Valid, now.AddDate(0, 0, -1))
	for name, c := range map[string]struct {
		documents []register.Document
		want      any // nil: nobody knows
		number    bool
	}{
		"one":                    {[]register.Document{valid}, true, true},
		"another was stolen":     {[]register.Document{one(register.Stolen, now), valid}, true, true},
		"none":                   {nil, false, false},
		"lost":                   {[]register.Document{one(register.Lost, now)}, false, false},
		"over, by its date":      {[]register.Document{past}, false, false},
		"unknown":                {[]register.Document{one(register.Unknown, now)}, nil, false},
		"one lost, one unknown":  {[]register.Document{one(register.Lost, now), one(register.Unknown, now)}, nil, false},
		"one unknown, one valid": {[]register.Document{one(register.Unknown, now), valid}, true, true},
	} {
		known := claims.Known(currentDocument(c.documents, now), now)
		got, has := known.Find("document_valid")
		if has != (c.want != nil) || has && string(got.Value.Reveal()) != fmt.Sprint(c.want) {
			t.Errorf("%s: %s, known: %v", name, got.Value.Reveal(), has)
		}
		if _, told := known.Find("document_number"); told != c.number {
			t.Errorf("%s: the number is known: %v", name, told)
		}
		if status, has := known.Find("document_status"); has && !slices.Contains([]string{"valid", claims.NotValid}, status.Value.RevealText()) {
			t.Errorf("%s: the cause is told: %s", name, status.Value.RevealText())
		}
	}
}

// noted is a journal that keeps what entries say, and fails at one kind.
type noted struct {
	said  []string
	ended []string
	fails journal.Kind
}

func (n *noted) Row(e journal.Entry) (journal.Row, error) {
	fields, err := json.Marshal(e.Fields)
	return journal.Row{ID: e.ID, Kind: e.Kind, Who: e.Who, Ref: e.Ref, Body: fields}, err
}

var errFull = errors.New("test: no place in the journal")

func (n *noted) Append(_ context.Context, r journal.Row) error {
	if r.Kind == n.fails {
		return errFull
	}
	if r.Kind == journal.RegisterAsked || r.Kind == journal.RegisterAnswered {
		n.said = append(n.said, string(r.Kind)+" "+r.Who+" "+string(r.Body))
	}
	if r.Kind == journal.PersonEnded {
		n.ended = append(n.ended, string(r.Body))
	}
	return nil
}

func (n *noted) Note(ctx context.Context, r journal.Row) error { return n.Append(ctx, r) }

// architecture §8: what happens outside the database has an intent before and an outcome after, which say
// of nobody.
func TestARegisterIsAskedBetweenTwoEntries(t *testing.T) {
	for err, outcome := range map[error]string{nil: "answered", register.ErrNotFound: "not_found", register.ErrUnavailable: "no_answer"} {
		w, registers, journal := newWorld(t), &answers{err: err}, &noted{}
		w.Registers, w.Journal = registers, journal
		w.numbered()
		l, _ := w.logIn(t)
		want := []string{`register_asked  {"register":"population"}`, `register_answered  {"outcome":"` + outcome + `","register":"population"}`}
		if !slices.Equal(journal.said, want) || registers.asked != 1 || l.Proof == nil {
			t.Errorf("%s: recorded %q, asked %d times", outcome, journal.said, registers.asked)
		}
	}
}

func TestNoRecordNoQuestionToARegister(t *testing.T) {
	for kind, asked := range map[journal.Kind]int{journal.RegisterAsked: 0, journal.RegisterAnswered: 1} {
		w, registers := newWorld(t), &answers{}
		w.Registers, w.Journal = registers, &noted{fails: kind}
		w.numbered()
		l, _ := w.begin(t, "")
		session, err := w.Finish(t.Context(), l, "bank", w.start(t, l), connectors.Input{}, "")
		if !errors.Is(err, errFull) || session != "" || registers.asked != asked || len(w.sessions) != 0 {
			t.Errorf("%s fails: %v, asked %d times, %d sessions", kind, err, registers.asked, len(w.sessions))
		}
	}
}

// shelf is a document register that counts.
type shelf struct {
	state register.DocumentStatus
	asked int
	now   func() time.Time
}

func (s *shelf) Status(context.Context, identity.Document) (register.Status, error) {
	s.asked++
	return register.Status{State: s.state, Source: "documents", CheckedAt: s.now()}, nil
}

// What is remembered of a document is no question to a register, and none is recorded; a session that ends
// with its document is (architecture §8).
func TestARememberedStatusIsNoQuestion(t *testing.T) {
	w, journal := newWorld(t), &noted{}
	books := &shelf{state: register.Valid, now: w.Now}
	statuses := register.NewStatuses(books, slog.New(slog.DiscardHandler), w.Now)
	w.Journal, w.Statuses, w.UnknownStatus = journal, statuses, identity.Substantial
	done, _ := w.bank.says.(connectors.Done)
	done.Authentication.Document = identity.Document{Type: "idcard", Number: identity.Identifier{Scheme: identity.IdentityCard, Country: "PL", Value: identity.Hide("ZZP100001")}}
	w.bank.says = done
	_, session := w.logIn(t)
	if books.asked != 1 || len(journal.said) != 2 {
		t.Fatalf("asked %d times, recorded %q", books.asked, journal.said)
	}
	if l, _ := w.begin(t, session); l.Proof == nil || books.asked != 1 || len(journal.said) != 2 {
		t.Errorf("a moment later: asked %d times, recorded %q", books.asked, journal.said)
	}
	statuses.Forget()
	books.state = register.Stolen
	l, _ := w.begin(t, session)
	if l.Proof != nil || books.asked != 2 || len(journal.said) != 4 || !slices.Contains(journal.ended, `{"cause":"document"}`) {
		t.Errorf("reported stolen: asked %d times, recorded %q and %q", books.asked, journal.said, journal.ended)
	}
}

// numbered lets the means say a number, so that there is something to ask about.
func (w *world) numbered() {
	done, _ := w.bank.says.(connectors.Done)
	done.Authentication.Identifiers = []identity.Identifier{{Scheme: identity.NationalNumber, Country: "PL", Value: identity.Hide("79113000007")}}
	w.bank.says = done
}
