package enrolment

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// LookKind is what somebody of the staff did who looked at a citizen's data, or stopped what they log in with, or let it
// work again. Each has a text under "portal.looked.KIND", and some tell more under "portal.looked.KIND.what".
type LookKind string

// The kinds of looks.
const (
	RegisterLook  LookKind = "register"    // asked the registers who the citizen is
	GuardianLook  LookKind = "guardian"    // asked them about the guardian of a child
	NamingLook    LookKind = "appointment" // asked them for the name of who is to work here
	PictureLook   LookKind = "picture"     // saw the register's photo
	AgainLook     LookKind = "again"       // asked a register once more
	ItselfLook    LookKind = "itself"      // the hub did, when the phone was ready: nobody looked, and the citizen is told all the same
	SecondLook    LookKind = "second"      // a second clerk was shown the case, to decide
	SecondYes     LookKind = "agreed"      // a second clerk looked at the case and agreed
	SecondNo      LookKind = "refused"     // and refused
	BeforeLook    LookKind = "before"      // a clerk read their document in a case that made nobody: they were nobody here yet
	OfficerLook   LookKind = "officer"     // a security officer read what happened
	OperatorsLook LookKind = "operator"    // an operator read numbers
	Joining       LookKind = "joined"      // the tie between the two databases was used: nobody looked, and the citizen is told all the same

	HaltLook     LookKind = "halted"    // a security officer stopped the case while it was under way
	StopLook     LookKind = "stopped"   // and what came of it
	EndLook      LookKind = "revoked"   // and ended that for good
	AllowLook    LookKind = "allowed"   // another one let it be taken up in a visit
	TakeUpLook   LookKind = "taken_up"  // a clerk took something up, in the visit that the case is
	LiftLook     LookKind = "lifted"    // and with it this earlier case stands again
	StopOldLook  LookKind = "stop_old"  // a clerk stopped at once what was given before, in the visit that the case is
	LostLook     LookKind = "lost"      // and with it what came of this earlier case
	DisownLook   LookKind = "disowned"  // "this was not me" stopped it: nobody of the staff did
	NotGivenLook LookKind = "not_given" // as did the end of the application that it rests on
	HelpLineLook LookKind = "help_line" // whoever answers at the help line stopped what somebody logs in with
)

// ByItself reports whether nobody of the staff did it: the hub did, by its rules.
func (k LookKind) ByItself() bool {
	return slices.Contains([]LookKind{Joining, ItselfLook, DisownLook, NotGivenLook}, k)
}

// Turns reports whether it changed what somebody can log in with: of such each time counts for itself, because what
// comes between two changes what they mean.
func (k LookKind) Turns() bool {
	return slices.Contains([]LookKind{HaltLook, StopLook, EndLook, AllowLook, TakeUpLook, LiftLook, StopOldLook, LostLook, DisownLook, NotGivenLook, HelpLineLook}, k)
}

// outcomeGuardian marks the look-up of a minor's guardian.
const outcomeGuardian = "guardian"

// noGuardian marks that of who does not act by law for the child.
const noGuardian = "no_guardian"

// noSuchDocument marks the look-up by a document that no register knows.
const noSuchDocument = "no_such_document"

// unknown names the outcome of a look-up by what no register knows.
func unknown(asked identity.Identifier) string {
	if isDocument(asked) {
		return noSuchDocument
	}
	return "not_found"
}

// Look is one time that somebody of the staff looked at a citizen's data (means.md R-ENR-01).
type Look struct {
	ID         seal.RowID
	Kind       LookKind
	At         time.Time
	Office     staff.Office // as it is now; only the id if it is there no more
	Station    string       // its name, as it was called then; "" for none
	By         string       // staff pseudonym; "" for none
	Why        string       // code of the purpose; "" where the kind says it
	Case       string       // its number; "" for none
	Unanswered bool         // the register did not answer
	Unknown    bool         // it knew nobody by the number
	NoGuardian bool         // they do not act by law for the child
	Ended      string       // code of why the case ended, where it came to nothing at once
	step       string       // number of the case in which a step was done; "" for what is none
}

// KeptLooks finds looks in the journal of the identity database.
type KeptLooks interface {
	// Same gives a person and all who became them.
	Same(context.Context, identity.PersonID) ([]identity.PersonID, error)
	// Looks gives at most so many entries of what staff do with data, before one (the zero id: the newest of all),
	// newest first: those that name somebody by one of the names, and those that name nobody, of a case whose
	// person became known later and is one of these. A look-up of which is known what came of it is there once.
	Looks(ctx context.Context, of []identity.PersonID, names []string, before seal.RowID, most int) ([]journal.Row, error)
	// CaseOffices gives the offices of cases by their numbers. One that is kept no more is left out.
	CaseOffices(ctx context.Context, numbers []string) (map[string]string, error)
	// CaseSteps gives the steps of cases by their numbers, the oldest first.
	CaseSteps(ctx context.Context, numbers []string) ([]journal.Row, error)
}

// Lookers says to a citizen who in an office, or among those who run the hub, looked at their data. One's own
// portal is no joining, so this leaves no entry.
type Lookers struct {
	Kept    KeptLooks
	Names   func(...identity.PersonID) []string // as the journal has persons
	Numbers func(context.Context, identity.PersonID) ([]identity.Identifier, error)
	Digests seal.Digester // as the journal has who was nobody yet
	Person  func(context.Context, identity.UsageID) (identity.PersonID, error)
	Places  interface {
		Places(context.Context) (staff.Places, error)
	}
}

const (
	looksOnPage = 20
	looksAtOnce = 100 // entries that are read at a time: not every step of a case is a look
)

// Looks gives the looks at somebody, newest first, from before one on. The second is where the next page goes on;
// zero: nowhere.
func (l Lookers) Looks(ctx context.Context, usage identity.UsageID, before seal.RowID) ([]Look, seal.RowID, error) {
	person, err := l.Person(ctx, usage)
	if err != nil {
		return nil, seal.RowID{}, fmt.Errorf("who looked: %w", err)
	}
	of, err := l.Kept.Same(ctx, person)
	if err != nil {
		return nil, seal.RowID{}, fmt.Errorf("who looked: %w", err)
	}
	places, err := l.Places.Places(ctx)
	if err != nil {
		return nil, seal.RowID{}, fmt.Errorf("who looked: %w", err)
	}
	names, err := l.named(ctx, of)
	if err != nil {
		return nil, seal.RowID{}, fmt.Errorf("who looked: %w", err)
	}
	var all []Look
	for more := true; more && len(all) <= looksOnPage; {
		rows, err := l.Kept.Looks(ctx, of, names, before, looksAtOnce)
		if err != nil {
			return nil, seal.RowID{}, fmt.Errorf("who looked: %w", err)
		}
		more = len(rows) == looksAtOnce
		for _, row := range rows {
			before = row.ID
			e, err := row.Entry()
			if err != nil {
				return nil, seal.RowID{}, fmt.Errorf("who looked: %w", err)
			}
			if kind := lookKind(e); kind != "" {
				all = append(all, lookOf(e, kind, places))
			}
		}
	}
	more := len(all) > looksOnPage
	all = all[:min(len(all), looksOnPage)]
	if err := l.placed(ctx, all, places); err != nil {
		return nil, seal.RowID{}, fmt.Errorf("who looked: %w", err)
	}
	if err := l.visited(ctx, all); err != nil {
		return nil, seal.RowID{}, fmt.Errorf("who looked: %w", err)
	}
	if !more {
		return all, seal.RowID{}, nil
	}
	return all, all[looksOnPage-1].ID, nil
}

// placed names the offices of those whose entry tells none: a step of a case was done in the office of that case, and a
// case stands again by what was done in another one's.
func (l Lookers) placed(ctx context.Context, all []Look, places staff.Places) error {
	var numbers []string
	for _, look := range all {
		if look.step != "" && look.Office.ID == "" {
			numbers = append(numbers, look.step)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	offices, err := l.Kept.CaseOffices(ctx, numbers)
	if err != nil {
		return err
	}
	for i, look := range all {
		if id := offices[look.step]; look.Office.ID == "" && id != "" {
			all[i].Office = officeOf(id, places)
		}
	}
	return nil
}

// officeOf gives an office as it is now; only its id if it is there no more.
func officeOf(id string, places staff.Places) staff.Office {
	if office, known := places.Office(id); known {
		return office
	}
	return staff.Office{ID: id}
}

// lookKind says what kind of look an entry is; "" for none.
func lookKind(e journal.Entry) LookKind {
	looks := e.Kind == journal.LookedUp || e.Kind == journal.LookingUp
	switch act := Act(e.Text("act")); {
	case e.Kind == journal.LookedUp && e.Text("purpose") == "appointment":
		return NamingLook
	case looks && e.Text("outcome") == outcomeGuardian:
		return GuardianLook
	case looks:
		return RegisterLook
	case e.Kind == journal.RegisterAsked && e.Text("case") == "": // in a login of the citizen's
		return ""
	case e.Kind == journal.RegisterAsked && e.Text("by") == "":
		return ItselfLook
	case e.Kind == journal.RegisterAsked && e.Text("register") == "picture":
		return PictureLook
	case e.Kind == journal.RegisterAsked:
		return AgainLook
	case e.Kind == journal.CaseSeen:
		return SecondLook
	case e.Kind == journal.CaseRead:
		return OfficerLook
	case byOperator(e):
		return HelpLineLook
	case e.Kind == journal.Joined:
		return Joining
	case e.Kind == journal.Viewed:
		return OperatorsLook
	case e.Text("nobody") != "":
		return BeforeLook
	case e.Kind == journal.CaseStep && act == Accept:
		return SecondYes
	case e.Kind == journal.CaseStep && act == Reject && State(e.Text("from")) == ReviewRequired:
		return SecondNo
	case e.Kind == journal.CaseStep:
		return turnKind(e, act)
	default:
		return ""
	}
}

// turnKind says how a step of a case stopped something or let it work again; "" where it did neither.
func turnKind(e journal.Entry, act Act) LookKind {
	officer := e.Text("by") != ""
	switch {
	case act == StopOld:
		return StopOldLook
	case act == Suspend && e.Text("why") == PhoneLost:
		return LostLook
	case act == Allow:
		return AllowLook
	case act == TakeUp:
		return TakeUpLook
	case act == Lift:
		return LiftLook
	case act != Suspend && act != Revoke:
		return ""
	case officer && State(e.Text("to")) == Cancelled:
		return HaltLook
	case officer && act == Revoke:
		return EndLook
	case officer:
		return StopLook
	case e.Text("why") == NotGiven:
		return NotGivenLook
	default:
		return DisownLook
	}
}

// joiningWhy says in fewer words why the tie was used.
func joiningWhy(code string) string {
	switch code {
	case "device":
		return "joined_device"
	case "merge", "undo":
		return "joined_merge"
	case "accept", "untie", "new", "tie", "refuse", "again", "frozen", "released":
		return "joined_decided"
	default: // a register's event
		return "joined_register"
	}
}

func lookOf(e journal.Entry, kind LookKind, places staff.Places) Look {
	answer := e.Text("outcome")
	if kind == GuardianLook {
		answer = e.Text("answer")
	}
	look := Look{
		ID: e.ID, Kind: kind, At: e.At, Why: e.Text("purpose"), Case: e.Ref,
		Unanswered: answer == "no_answer", Unknown: answer == "not_found" || answer == noSuchDocument, NoGuardian: answer == noGuardian,
	}
	if look.Case == "" {
		look.Case = e.Text("case")
	}
	switch kind {
	case NamingLook, OperatorsLook, HelpLineLook:
		look.Why = ""
	case Joining:
		look.Why = joiningWhy(e.Text("why"))
	case ItselfLook:
		look.Why = "asked_" + e.Text("register")
	}
	if by, ok := staff.ParseID(cmp.Or(e.Text("read_by"), e.Text("by"))); ok { // who runs the hub has no appointment, and an account's name is a name
		look.By = by.String()[:8]
	}
	id := e.Text("office")
	look.Office = officeOf(id, places)
	if e.Kind == journal.CaseStep && !kind.ByItself() {
		look.step = cmp.Or(e.Text("later"), e.Ref)
	}
	at, _ := places.Station(id, e.Text("station"))
	look.Station = cmp.Or(e.Text("position"), at.Name)
	return look
}

// Shown records that a second clerk is shown what a case is about, before they see it: once in a while, however often
// they look, and also where they then decide nothing (means.md R-ENR-01).
func (o *Office) Shown(ctx context.Context, a Actor, c Case) error {
	before, err := o.journal(ctx, c)
	if err != nil {
		return err
	}
	for _, e := range before {
		if e.Kind == journal.CaseSeen && e.Text("by") == a.Member.ID.String() && o.Now().Sub(e.At) < readFor {
			return nil
		}
	}
	who, err := o.about(ctx, c)
	if err != nil {
		return err
	}
	rows, err := o.entries(c, journal.Entry{Kind: journal.CaseSeen, Who: who, Fields: map[string]any{
		"by": a.Member.ID.String(), "office": c.Office, "case": c.Number,
	}})
	if err != nil {
		return err
	}
	return o.Store.WriteCase(ctx, Change{Entries: rows})
}
