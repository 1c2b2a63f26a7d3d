package citizen

import (
	"strings"
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Wherever it is said what codes on paper are worth, it is said alike, and before they are chosen.
func TestTheWorthOfCodesIsSaidAlike(t *testing.T) {
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	more := map[string]string{
		"en": "most services ask for more", "pl": "większość usług wymaga więcej", "hu": "a legtöbb szolgáltatás többet kér", "fr": "la plupart des services demandent plus", "ar": "معظم الخدمات تطلب أكثر",
	}
	for _, l := range catalogue.Languages() {
		w := catalogue.Words(l.Code)
		for _, key := range []string{
			"phone.key.paper", "phone.key.paper.counter", "phone.key.text.paper", "phone.done.level.low", "phone.done.codes.text", "desk.done.level.low", "desk.handbook.paper.text", "enrolled.warning.level",
		} {
			if text := w.Text(key); !strings.Contains(strings.ToLower(text), more[l.Code]) {
				t.Errorf("%s: %s reads %q", l.Code, key, text)
			}
		}
	}
}

// There are two messages with numbers: who is asked for one reads which, by the name that it came with.
func TestTheNumberForHomeIsNamedAsItsMessageIs(t *testing.T) {
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range catalogue.Languages() {
		w := catalogue.Words(l.Code)
		for _, key := range []string{"phone.second.text", "phone.next.4.home", "help.get.home"} {
			if name := w.Text("message.second_half.subject"); !strings.Contains(w.Text(key), name) {
				t.Errorf("%s: %s does not say %q: %s", l.Code, key, name, w.Text(key))
			}
		}
	}
}

// Where the page is open at the office's own computer it says what is so there, in every language.
func TestAtTheCounterNoWordIsOfThePhone(t *testing.T) {
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range catalogue.Languages() {
		w := catalogue.Words(l.Code)
		texts := map[string]string{}
		for _, key := range []string{"phone.landing.typed", "phone.landing.begun", "phone.landing.over", "phone.locked", "phone.keep", "phone.next.3", "phone.key.without"} {
			texts[key] = Phone{Counter: true}.Here(key)
		}
		for _, refused := range []string{"key", "unverified", "known"} {
			p := PhoneOf(enrolment.Case{State: enrolment.Claimed, Work: enrolment.Work{Counter: true}}, staff.Places{}, refused, 0, w)
			texts["refused "+refused] = "phone.refused." + p.Refused
		}
		for _, why := range []string{"match", "not_me", "check"} {
			p := PhoneOf(enrolment.Case{State: enrolment.Suspicious, Work: enrolment.Work{Counter: true, Froze: []string{why}}}, staff.Places{}, "", 0, w)
			texts["frozen "+why] = "phone.frozen." + p.Stopped
		}
		for of, key := range texts {
			text := strings.ToLower(w.Text(key, "id.example/e"))
			if !w.Has(key) {
				t.Errorf("%s: %s has no text %q", l.Code, of, key)
			}
			for _, word := range []string{"phone", "telefon", "téléphone", "هاتف"} {
				if strings.Contains(text, word) {
					t.Errorf("%s: %s reads %q", l.Code, key, text)
				}
			}
		}
	}
}

// Who goes on at home has no clerk to talk to, in any language.
func TestAtHomeNoWordIsOfTheClerk(t *testing.T) {
	for _, code := range []string{"en", "pl", "fr", "hu", "ar"} {
		w := wordsIn(t, code)
		keys := []string{"phone.next.4.home", "phone.terms.no.text.home", "phone.match.waiting.home"}
		for _, why := range []string{"", "second_device", "not_me", "check", "second_half"} {
			c := enrolment.Case{State: enrolment.Suspicious, Mode: enrolment.AtHome, Work: enrolment.Work{Froze: []string{why}}}
			keys = append(keys, "phone.frozen."+PhoneOf(c, staff.Places{}, "", 0, w).Stopped)
		}
		ended := PhoneOf(enrolment.Case{State: enrolment.Cancelled, Mode: enrolment.AtHome}, staff.Places{}, "", 0, w)
		if keys = append(keys, "phone.ended."+ended.Stopped); !ended.Home {
			t.Errorf("%s: it is not at home", code)
		}
		for _, key := range keys {
			for _, clerk := range []string{"clerk", "urzędnik", "l’agent", "ügyintéző", "الموظف"} {
				if text := w.Text(key); !w.Has(key) || strings.Contains(text, clerk) {
					t.Errorf("%s: %s reads %q", code, key, text)
				}
			}
		}
	}
}

// Whom no register knows reads that a login with what the office gave tells no service a name (architecture §7).
func TestWhoIsNamedByADocumentAloneIsToldSo(t *testing.T) {
	for _, basis := range []enrolment.Basis{enrolment.ByRegister, enrolment.ByDocument, enrolment.Emergency} {
		if shown := PhoneOf(enrolment.Case{Basis: basis}, staff.Places{}, "", 0, wordsIn(t, "en")); shown.Nameless != (basis == enrolment.ByDocument) {
			t.Errorf("%s: nameless %v", basis, shown.Nameless)
		}
	}
}

// A phone whose case was stopped reads what is so: one that an office ended takes a new visit, and what was done and is
// stopped is no matter for the clerk of then. The page that says to talk to the clerk looks whether the desk went on.
func TestAPhoneReadsWhoStoppedItsCase(t *testing.T) {
	for _, code := range []string{"en", "pl", "fr", "hu", "ar"} {
		w := wordsIn(t, code)
		for name, row := range map[string]struct {
			c    enrolment.Case
			says string
		}{
			"an officer, under way": {enrolment.Case{State: enrolment.Cancelled, Work: enrolment.Work{Ended: enrolment.ByOfficer}}, "office"},
			"stopped when done":     {enrolment.Case{State: enrolment.Suspended}, "stopped"},
			"ended for good":        {enrolment.Case{State: enrolment.Revoked}, "stopped"},
			"replaced":              {enrolment.Case{State: enrolment.Superseded}, "text"},
		} {
			if p := PhoneOf(row.c, staff.Places{}, "", 0, w); p.Stopped != row.says || p.Looks {
				t.Errorf("%s, %s: it reads %q, looks %v", code, name, p.Stopped, p.Looks)
			}
		}
	}
	for mode, looks := range map[enrolment.Mode]bool{enrolment.AtDesk: true, enrolment.AtHome: false} {
		if p := PhoneOf(enrolment.Case{State: enrolment.Suspicious, Mode: mode}, staff.Places{}, "", 0, wordsIn(t, "en")); p.Looks != looks || p.Waits {
			t.Errorf("%s: looks %v, waits %v", mode, p.Looks, p.Waits)
		}
	}
}

// Each step that asks for something says in every language what it asks for, where that was typed with too few or too many
// signs; where no try is left it says that.
func TestASlipIsSaidInTheWordsOfItsStep(t *testing.T) {
	claimed := func(by enrolment.Progress) enrolment.Case {
		return enrolment.Case{State: enrolment.Claimed, Progress: by, Tries: enrolment.Tries{Check: 1}}
	}
	document, over := claimed(enrolment.SaidYes), claimed(enrolment.SaidYes)
	document.Document, document.Work.Snapshot.Documents = "idcard", []enrolment.SeenPaper{{Type: "idcard", Number: "ZZP100001"}}
	over.Tries.Check = 0
	for _, code := range []string{"en", "pl", "fr", "hu", "ar"} {
		w := wordsIn(t, code)
		for says, c := range map[string]enrolment.Case{
			"shape.document": document, "shape.birth": claimed(enrolment.SaidYes), "none_left": over, "shape.code": claimed(enrolment.Accepted),
			"shape.second": {State: enrolment.KeyBound, Mode: enrolment.AtHome}, "": claimed(enrolment.Proved),
		} {
			if p := PhoneOf(c, staff.Places{}, "shape", 0, w); p.Refused != says {
				t.Errorf("%s: at %s it says %q, not %q", code, p.Screen, p.Refused, says)
			}
		}
	}
}
