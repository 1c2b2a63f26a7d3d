package desk

import (
	"slices"
	"strconv"
	"strings"

	"symbolon/provider/staff"
)

// Typed is what a clerk typed, chose and ticked in a form that was refused: the page that says so shows it
// again. The zero value is a form that nobody has filled in.
type Typed struct {
	Again bool // it was refused

	Number           string // national
	Purpose, Station string
	ByDocument       bool   // looked for by a document
	Paper, Country   string // its type and who issued it
	Document         string // its number, or the type of the one that was compared
	GuardianDocument string // type

	Checks   []string
	Mismatch bool
	Doubt    string // why; "" for none
	Helper   bool
	Retakes  bool
	TakesUp  bool // nothing but what was stopped is wanted

	Filed   string
	Scanned string

	Channel string // of the citizen's address that a code was sent to
	Code    string // as the citizen read it out

	Role                 string // of who is named
	Mark, Name, Networks string // of a position
	Position             string // mark of the one that is changed; "" where one is added
	Binding              string
	LookUps, Enrolments  string // quotas
	Hours                [7][2]string
}

// String hides what was typed.
func (Typed) String() string { return "[hidden]" }

// GoString hides what was typed.
func (Typed) GoString() string { return "[hidden]" }

// Ticked reports whether a check was ticked.
func (t Typed) Ticked(check string) bool { return slices.Contains(t.Checks, check) }

// Chosen reports whether a document is the chosen one: the first, where nobody has chosen.
func (t Typed) Chosen(document string, place int) bool {
	return picked(t.Again, t.Document, document, place)
}

// ChosenOfGuardian is Chosen for the document of a minor's guardian.
func (t Typed) ChosenOfGuardian(document string, place int) bool {
	return picked(t.Again, t.GuardianDocument, document, place)
}

func picked(again bool, chosen, document string, place int) bool {
	if again && chosen != "" {
		return chosen == document
	}
	return place == 0
}

// WrongPosition gives the id of the field of a position that is refused: where one is changed, in its own line.
func (t Typed) WrongPosition(code string) string {
	field := "id"
	switch code {
	case "called", "position_name":
		field = "name"
	case "network", "elsewhere":
		field = "networks"
	}
	if t.Position != "" {
		return field + "-" + t.Position
	}
	return "station-" + field
}

// WrongHours gives the id of the first field of an office's hours that cannot be; "" for none.
func (t Typed) WrongHours() string {
	for i, day := range t.Hours {
		from, to := strings.TrimSpace(day[0]), strings.TrimSpace(day[1])
		if _, err := staff.NewSpan(from, to); err == nil {
			continue
		}
		if _, err := staff.NewSpan(from, "24:00"); err != nil { // whatever the end is
			return "from-" + strconv.Itoa(i+1)
		}
		return "to-" + strconv.Itoa(i+1)
	}
	return ""
}
