package enrolment

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/subject"
)

// Snapshot is the little of the registers' answer that the desk works with. It is kept sealed while
// the case needs it (means.md R-ENR-10), and never holds a photo.
type Snapshot struct {
	Identifier string        `json:"id"`
	Given      string        `json:"given"`
	Family     string        `json:"family"`
	Birth      string        `json:"birth"` // YYYY-MM-DD, unknown parts 00
	Documents  []SeenPaper   `json:"docs"`
	AsOf       int64         `json:"as_of"` // microseconds
	Applied    string        `json:"applied,omitempty"`
	Channels   []channelSeen `json:"channels,omitempty"`
	Restricted bool          `json:"restricted,omitempty"` // the national number is
	NoPhoto    bool          `json:"no_photo,omitempty"`   // the register has none to compare with
}

// SeenPaper is a document as the register knows it.
type SeenPaper struct {
	Type    string                  `json:"type"`
	Number  string                  `json:"number"`
	Issuer  string                  `json:"issuer"`
	Expires string                  `json:"expires"`
	Status  register.DocumentStatus `json:"status"`
}

type channelSeen struct {
	Kind  identity.AttributeName `json:"kind"`
	Shown string                 `json:"shown"` // masked
}

// String hides the snapshot, so that no log can hold one by accident.
func (Snapshot) String() string { return "[hidden]" }

// GoString hides the snapshot.
func (Snapshot) GoString() string { return "[hidden]" }

// Name writes given and family name in one line.
func (s Snapshot) Name() string { return strings.TrimSpace(s.Given + " " + s.Family) }

// Initials are what the phone shows: enough to recognise oneself, too little to learn a name.
func (s Snapshot) Initials() string {
	var out []string
	for _, word := range []string{s.Given, s.Family} {
		if r, size := utf8.DecodeRuneInString(word); size > 0 {
			out = append(out, string(r)+".")
		}
	}
	return strings.Join(out, " ")
}

// BirthYear is the year of birth.
func (s Snapshot) BirthYear() string {
	year, _, _ := strings.Cut(s.Birth, "-")
	return year
}

// Paper finds a document by type: the valid one of several, whose number nobody mistakes for that of one that was lost.
func (s Snapshot) Paper(kind string) (SeenPaper, bool) {
	i := slices.IndexFunc(s.Documents, func(d SeenPaper) bool { return d.Type == kind && d.Status == register.Valid })
	if i < 0 {
		i = slices.IndexFunc(s.Documents, func(d SeenPaper) bool { return d.Type == kind })
	}
	if i < 0 {
		return SeenPaper{}, false
	}
	return s.Documents[i], true
}

// usable reports whether the person has a document that may be shown at a desk.
func (s Snapshot) usable() bool {
	return slices.ContainsFunc(s.Documents, func(d SeenPaper) bool { return d.Status == register.Valid })
}

// Answer is what the phone's third step asks for: the last four characters that can be typed of the document's number,
// or the birth date of who has none.
func (s Snapshot) Answer(document string) string {
	if end := s.end(document); end != "" {
		return end
	}
	return strings.ReplaceAll(s.Birth, "-", "")
}

// answered reads what somebody typed as that; false for what is nobody's answer: another number of characters, or no date
// with a day, a month and a year of four digits.
func (s Snapshot) answered(document, typed string) (string, bool) {
	if s.AsksDocument(document) {
		end := identity.LettersAndDigits(typed)
		return end, len(end) == endLength
	}
	day := identity.Date(typed)
	plain, whole := onlyDigits(day, len("20060102"))
	return plain, whole && len(day) == len(time.DateOnly) && plain[4:6] <= "12" && plain[6:] <= "31"
}

// endLength is how many characters of a document's number the phone asks for.
const endLength = 4

// AsksDocument reports whether that is the document's number.
func (s Snapshot) AsksDocument(document string) bool { return s.end(document) != "" }

// end gives them; "" where there is no document, or nothing of its number is on every keyboard.
func (s Snapshot) end(document string) string {
	paper, _ := s.Paper(document)
	plain := identity.LettersAndDigits(paper.Number)
	if len(plain) < endLength {
		return ""
	}
	return plain[len(plain)-endLength:]
}

// age in whole years; unknown day or month counts as the latest possible, so that nobody is taken
// for older than they are.
func (s Snapshot) age(now time.Time) int {
	var year, month, day int
	parts := strings.Split(s.Birth, "-")
	if len(parts) != 3 {
		return 0
	}
	year, month, day = number(parts[0]), number(parts[1]), number(parts[2])
	if year == 0 {
		return 0
	}
	if month == 0 {
		month, day = 12, 31
	}
	if day == 0 {
		day = 31
	}
	age := now.Year() - year
	if int(now.Month()) < month || int(now.Month()) == month && now.Day() < day {
		age--
	}
	return age
}

// Grown reports whether a register tells of somebody that they are of age.
func Grown(attributes identity.Attributes, now time.Time) bool {
	told, _ := attributes.Find("birthdate")
	return Snapshot{Birth: told.Value.RevealText()}.age(now) >= adult
}

func number(digits string) int {
	n := 0
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}

// snapshotOf takes what a desk needs out of the registers' answers.
func snapshotOf(asked identity.Identifier, p register.Person, documents []register.Document) Snapshot {
	text := func(name identity.AttributeName) string {
		a, _ := p.Attributes.Find(name)
		return a.Value.RevealText()
	}
	s := Snapshot{
		Identifier: numbers(p.Identifiers)[0].Reveal(), Given: text("given_name"), Family: text("family_name"), Birth: text("birthdate"), AsOf: p.AsOf.UnixMicro(), Restricted: p.Restricted,
	}
	if asked.Scheme != numbers(p.Identifiers)[0].Scheme && !isDocument(asked) {
		s.Identifier = asked.Reveal()
	}
	for _, d := range documents {
		s.Documents = append(s.Documents, SeenPaper{
			Type: d.Type, Number: d.Number.Reveal(), Issuer: d.Issuer, Expires: d.Expires.Format(time.DateOnly), Status: d.Status,
		})
	}
	for _, kind := range []identity.AttributeName{"email", "phone_number"} {
		if to := text(kind); to != "" {
			s.Channels = append(s.Channels, channelSeen{kind, maskContact(to)})
		}
	}
	return s
}

// numbers gives what names a person: their national numbers, or, where a register knows a foreigner's document
// alone, that.
func numbers(all []identity.Identifier) []identity.Identifier {
	national := slices.DeleteFunc(slices.Clone(all), func(id identity.Identifier) bool { return id.Scheme != identity.NationalNumber })
	if len(national) == 0 {
		return all
	}
	return national
}

// registered is a register's answer as persons are found by it.
func registered(p register.Person, documents []register.Document) subject.Registered {
	r := subject.Registered{Found: true, Identifiers: numbers(p.Identifiers), Attributes: p.Attributes}
	for _, d := range documents {
		scheme := identity.IdentityCard
		if d.Type == "passport" {
			scheme = identity.Passport
		}
		r.Documents = append(r.Documents, identity.Identifier{Scheme: scheme, Country: r.Identifiers[0].Country, Value: d.Number})
	}
	return r
}

// maskContact leaves the first character and the end: k…@mail.example, …001.
func maskContact(to string) string {
	if name, domain, ok := strings.Cut(to, "@"); ok {
		_, size := utf8.DecodeRuneInString(name)
		return name[:size] + "…@" + domain
	}
	if len(to) > 3 {
		return "…" + to[len(to)-3:]
	}
	return "…"
}

// MaskedChannels says where notices go, for the clerk to ask about.
func (s Snapshot) MaskedChannels() []string {
	var all []string
	for _, c := range s.Channels {
		all = append(all, c.Shown)
	}
	return all
}

func (s Snapshot) bytes() []byte {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil // strings and numbers always marshal
	}
	return raw
}
