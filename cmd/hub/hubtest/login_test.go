package hubtest

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// A person opens a service, presses the button, takes the trusted profile, comes back, sees what
// is to be told, says yes, and the service shows exactly that.
func TestAWholeLogin(t *testing.T) {
	Each(t, func(t *testing.T, w *World) {
		b := w.Browser(t)
		consent := b.Prove(w.Country.Addresses.City, "trusted-profile", "ordinary").Text()
		if !strings.Contains(consent, "Konstanty") || !strings.Contains(consent, "Brzeziński-Testowy") {
			t.Fatalf("the consent page does not show what is told:\n%s", consent)
		}
		told := b.Click("approve")
		if got := told.TextOf("level"); got != "substantial" {
			t.Errorf("the service got level %q:\n%s", got, told.Text())
		}
		if got := told.TextOf("claim-given_name"); got != "Konstanty" {
			t.Errorf("the service was told %q as the given name", got)
		}
		if told.Has("claim-email") || told.Has("claim-address") || told.Has("claim-national_identifier") {
			t.Errorf("the service was told what nobody agreed to:\n%s", told.Text())
		}
	})
}

// Declining tells the service access_denied and nothing more.
func TestDecliningTellsNothing(t *testing.T) {
	Each(t, func(t *testing.T, w *World) {
		b := w.Browser(t)
		b.Prove(w.Country.Addresses.City, "bank-one", "diacritics")
		refused := b.Click("decline")
		if got := refused.TextOf("error-code"); got != "access_denied" {
			t.Errorf("the service was told %q:\n%s", got, refused.Text())
		}
		if strings.Contains(refused.Body, "Gżegżółka") || strings.Contains(strings.Join(b.Trail, " "), "Gżegżółka") {
			t.Error("the service was told a name")
		}
	})
}

// A second service asking for no more is reached without a new login, but with its own consent
// and another sub; whoever logs out is logged out.
func TestASecondServiceNeedsNoNewLogin(t *testing.T) {
	Each(t, func(t *testing.T, w *World) {
		b := w.Browser(t)
		city := b.Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
		first := city.TextOf("sub")
		if consent := b.Begin(w.Country.Addresses.Library); !consent.Has("approve") {
			t.Fatalf("the library's own consent is missing at %s:\n%s", consent.URL.Path, consent.Text())
		}
		library := b.Click("approve")
		if second := library.TextOf("sub"); second == "" || second == first {
			t.Errorf("two services know the same person as %q and %q", first, second)
		}
		if library.TextOf("claim-age_over_18") != "true" || library.Has("claim-birthdate") {
			t.Errorf("the library was told more or less than whether somebody is of age:\n%s", library.Text())
		}
	})
}

// Asking for a level that no means here reaches leads to a plain page that says what is missing,
// and from there back.
func TestAskingForMoreThanThereIs(t *testing.T) {
	w := New(t)
	b := w.Browser(t)
	b.Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
	page := b.Click("log-in-strong")
	if page.Status >= http.StatusInternalServerError || !strings.HasPrefix(page.URL.String(), w.Issuer) || len(page.IDs("means-")) > 0 {
		t.Fatalf("asking for high came to %s (%d):\n%s", page.URL.Host, page.Status, page.Text())
	}
	back := b.Click("cancel")
	if got := back.TextOf("error-code"); got != "unmet_authentication_requirements" {
		t.Errorf("the service was told %q:\n%s", got, back.Text())
	}
}

// Two replicas on one pair of databases and keys are one hub: a login may hop between them at
// every step.
func TestALoginHopsBetweenReplicas(t *testing.T) {
	Each(t, func(t *testing.T, w *World) {
		b := w.Browser(t)
		b.Begin(w.Country.Addresses.City)
		w.Hop(1)
		b.http.CloseIdleConnections() // a form is not sent again on its own when its connection was cut
		b.Choose("trusted-profile")
		w.Hop(0)
		b.http.CloseIdleConnections() // a form is not sent again on its own when its connection was cut
		b.Be("ordinary")
		w.Hop(1)
		b.http.CloseIdleConnections() // a form is not sent again on its own when its connection was cut
		if told := b.Click("approve"); told.TextOf("claim-given_name") != "Konstanty" {
			t.Errorf("the login was lost between replicas at %s:\n%s", told.URL.Path, told.Text())
		}
	}, WithReplicas(2))
}

// Who logs in is told so, on a channel of theirs: when, and nothing about the service or what was told.
func TestTheNoticeOfALoginArrives(t *testing.T) {
	w := New(t)
	w.Browser(t).Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
	for t.Context().Err() == nil && len(w.Country.Inbox.Messages()) == 0 {
		if log := w.Log.String(); strings.Contains(log, "message not sent yet") || strings.Contains(log, "message given up") {
			t.Fatalf("the notice was not taken:\n%s", w.Log)
		}
		runtime.Gosched()
	}
	for _, m := range w.Country.Inbox.Messages() {
		if text := m.Subject + m.Body; text == "" || strings.Contains(text, "Nowa Wola") || strings.Contains(text, "Konstanty") {
			t.Errorf("the notice says %q", text)
		}
	}
}
