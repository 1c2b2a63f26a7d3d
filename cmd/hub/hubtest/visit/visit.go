// Package visit plays a visit to an office through the whole hub: the clerk at the desk, the citizen with a phone,
// step by step, in requests. Tests tell their stories with it; what must come of a step they say themselves.
package visit

import (
	"regexp"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/provider/store"
)

// Numbers of people of the cast, and the ends of the numbers of their documents, by which they prove themselves on
// the phone.
const (
	Ordinary    = "87022290019"
	OrdinaryEnd = "0001"
	Minor       = "12310590043"
	MinorEnd    = "0010"
	Guardian    = "84041990041" // the minor's mother
)

// Story is one test in a world whose office is open, with a party to log in at.
type Story func(*testing.T, *hubtest.World, *hubtest.RP)

// Clinic is a party that lets people log in with what an office gave them.
func Clinic() *hubtest.RP {
	return hubtest.Phoned(&hubtest.RP{ID: "clinic", Method: "client_secret_basic"})
}

// Day is the day that it is at the offices.
func Day(t *testing.T, w *hubtest.World) string {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	return w.Now().In(zone).Format("2006-01-02")
}

// Each runs a story on both databases.
func Each(t *testing.T, story Story, with ...hubtest.With) {
	t.Helper()
	EachWith(t, Clinic, story, with...)
}

// EachWith is Each with a party of one's own.
func EachWith(t *testing.T, party func() *hubtest.RP, story Story, with ...hubtest.With) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := party()
			w := Open(t, rp, append(with, hubtest.WithDialect(d))...)
			story(t, w, rp)
		})
	}
}

// Open starts a world whose office is open.
func Open(t *testing.T, rp *hubtest.RP, with ...hubtest.With) *hubtest.World {
	t.Helper()
	w := hubtest.New(t, append([]hubtest.With{hubtest.WithRPs(rp), hubtest.WithPhone(t, nil), hubtest.WithOffice()}, with...)...)
	w.Employ(t)
	return w
}

// Emergencies lets the desk go on while the registers are silent (means.md R-ENR-13).
func Emergencies() hubtest.With {
	return hubtest.WithSettings(func(s map[string]any) { s["desk"] = map[string]any{"emergency": true} })
}

// Down lets the registers fail for somebody, for "all", or for nobody: "".
func Down(t *testing.T, w *hubtest.World, whom string) {
	t.Helper()
	if err := w.Country.Registers.Switches.Set("down", whom); err != nil {
		t.Fatal(err)
	}
}

// Desk is somebody of the staff before the desk's browser.
func Desk(t *testing.T, w *hubtest.World, member string) *hubtest.Browser {
	t.Helper()
	b := w.Browser(t)
	b.SignIn(w.At("desk"), member)
	if !b.Page.Has("office") {
		t.Fatalf("%s is not at the desk but at %s (%d):\n%s", member, b.Page.URL, b.Page.Status, b.Page.Text())
	}
	return b
}

// Find opens a case.
func Find(b *hubtest.Browser, number string) *hubtest.Page {
	b.Fill("number", number)
	return b.Click("find")
}

// Compared ticks every check and goes on.
func Compared(b *hubtest.Browser) *hubtest.Page {
	for _, id := range b.Page.IDs("check-") {
		b.Tick(id)
	}
	return b.Click("compared")
}

// Signed takes a case that a clerk may go on with from the form to the hand-over.
func Signed(b *hubtest.Browser) *hubtest.Page {
	b.Click("print")
	b.Click("to-case")
	return b.Click("signed")
}

// ToSign brings a case from the number to the hand-over.
func ToSign(b *hubtest.Browser, number string) *hubtest.Page {
	Find(b, number)
	Compared(b)
	return Signed(b)
}

// Handed brings a case from the number to the code.
func Handed(t *testing.T, b *hubtest.Browser, number string) {
	t.Helper()
	ToSign(b, number)
	handOver(t, b)
}

// Confirm has the citizen confirm at the desk that what is sent to one of their channels reaches them.
func Confirm(t *testing.T, w *hubtest.World, b *hubtest.Browser, channel string) *hubtest.Page {
	t.Helper()
	b.Fill("code-"+channel, SentTo(t, w, channel, func() { b.Click("send-" + channel) }))
	page := b.Click("check-" + channel)
	if !page.Has("confirmed-" + channel) {
		t.Fatalf("%s is not confirmed at %s:\n%s", channel, page.URL, page.Text())
	}
	return page
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// SentTo gives the number of six digits that comes to somebody's channel when something is done.
func SentTo(t *testing.T, w *hubtest.World, channel string, do func()) string {
	t.Helper()
	all := func() (codes []string) {
		for _, m := range w.Country.Inbox.Messages() { // the newest first
			if code := sixDigits.FindString(m.Body); code != "" && m.Channel == channel {
				codes = append(codes, code)
			}
		}
		return codes
	}
	before := len(all())
	do()
	hubtest.Eventually(t, "a number comes", func() bool { return len(all()) > before })
	return all()[0]
}

func handOver(t *testing.T, b *hubtest.Browser) {
	t.Helper()
	if page := b.Click("hand-over"); !page.Has("qr") {
		t.Fatalf("no code at %s:\n%s", page.URL, page.Text())
	}
}

// Agreed lets the second clerk agree to a case that the first one has found, and takes it to the code.
func Agreed(t *testing.T, w *hubtest.World, clerk *hubtest.Browser) {
	t.Helper()
	AgreedToSign(t, w, clerk)
	handOver(t, clerk)
}

// AgreedToSign is Agreed up to the hand-over.
func AgreedToSign(t *testing.T, w *hubtest.World, clerk *hubtest.Browser) {
	t.Helper()
	Compared(clerk)
	at := clerk.Page.URL.String()
	if !clerk.Page.Has("step-review") {
		t.Fatalf("the clerk decides alone:\n%s", clerk.Page.Text())
	}
	second := Desk(t, w, "clerk-2")
	second.Get(at)
	second.Click("accept")
	clerk.Get(at)
	Signed(clerk)
}

// Claim types the code that the desk shows, as a phone without a camera does.
func Claim(t *testing.T, w *hubtest.World, at *hubtest.Browser) *hubtest.Browser {
	t.Helper()
	phone := w.Browser(t)
	phone.Get(w.Issuer + "/e")
	phone.Fill("number", at.Page.TextOf("typed-number"))
	phone.Fill("code", at.Page.TextOf("typed-code"))
	phone.Click("begin-typed")
	return phone
}

// ToTheKey brings a phone from the desk's code to the step at which its key is made; the digits are typed first. The
// answer is what proves the citizen.
func ToTheKey(t *testing.T, w *hubtest.World, clerk *hubtest.Browser, answer string) *hubtest.Browser {
	t.Helper()
	at := clerk.Page.URL.String()
	phone := Claim(t, w, clerk)
	match := phone.Page.TextOf("match")
	clerk.Get(at)
	clerk.Fill("digits", match)
	clerk.Click("match")
	phone.Get(w.Issuer + "/e/now")
	phone.Click("yes")
	phone.Fill("answer", answer)
	phone.Click("go-on")
	phone.Click("accept")
	return phone
}

// Finish takes the code from the desk to a key that works. The clerk's page shows the end.
func Finish(t *testing.T, w *hubtest.World, clerk *hubtest.Browser, answer string) *enrolledtest.Device {
	t.Helper()
	at := clerk.Page.URL.String()
	phone := ToTheKey(t, w, clerk, answer)
	device := enrolledtest.NewDevice()
	if page := phone.MakeKey(device); !page.Has("show-codes") {
		t.Fatalf("the visit ends at %s:\n%s", page.URL, page.Text())
	}
	clerk.Get(at)
	return device
}

// FinishOrdinary takes ordinary's code from the desk to a key that works.
func FinishOrdinary(t *testing.T, w *hubtest.World, clerk *hubtest.Browser) *enrolledtest.Device {
	t.Helper()
	return Finish(t, w, clerk, OrdinaryEnd)
}

// Enrol is a whole visit of ordinary's.
func Enrol(t *testing.T, w *hubtest.World, member string) *enrolledtest.Device {
	t.Helper()
	clerk := Desk(t, w, member)
	Handed(t, clerk, Ordinary)
	return FinishOrdinary(t, w, clerk)
}

// Mistyped is a number of digits with the first one wrong.
func Mistyped(digits string) string { return string('0'+(digits[0]-'0'+1)%10) + digits[1:] }

// Reads opens what happened in a case, for an officer at its page, with a reason.
func Reads(officer *hubtest.Browser) *hubtest.Page {
	officer.Pick("why", "complaint")
	return officer.Click("open")
}
