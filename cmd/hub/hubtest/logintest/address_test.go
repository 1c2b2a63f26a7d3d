package logintest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"symbolon/cmd/hub/hubtest"
)

// landlord is a party that may ask for everything about an address.
func landlord(rp *hubtest.RP) *hubtest.RP {
	rp.Party["may"] = []any{map[string]any{
		"attributes": []string{"family_name", "address", "address_type", "address_valid_from", "register_address", "register_family_name", "resident_in:PL"},
		"basis":      "consent", "purpose": "service",
	}}
	rp.Client["scopes"], rp.Client["refresh_tokens"] = []string{"address", "address:residence", "register"}, true
	return rp
}

// levels.md §3: the scope address:residence brings the address, what it is registered as and since when; the
// page shows each, and evidence says that a register told them.
func TestAnAddressOfResidence(t *testing.T) {
	rp := landlord(clinic())
	w := hubtest.New(t, hubtest.WithRPs(rp))
	b := w.Browser(t)
	page := through(b, rp, "trusted-profile", "ordinary", "scope", "openid address:residence", "claims",
		`{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"electronic_record"},"record":{"type":null}}]},"claims":{"address_type":null,"address_valid_from":null}}}}`)
	for _, want := range []string{"Wiśniowa 1947/12", "for good", "1 September 2014"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the page does not say %q:\n%s", want, page.Text())
		}
	}
	for _, id := range page.IDs("attr-") {
		b.Tick(id)
	}
	told := rp.Userinfo(rp.Exchange(rp.Answered(b.Click("approve")).Code()).Text("access_token")).JSON
	if told["address_type"] != "permanent" || told["address_valid_from"] != "2014-09-01" || told["address"] == nil {
		t.Errorf("told %v", told)
	}
	verified, _ := told["verified_claims"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"address_type": "permanent", "address_valid_from": "2014-09-01"}, verified["claims"]); diff != "" {
		t.Error(diff)
	}
}

// levels.md §3: a protected address is told to nobody, whoever knows it, and nothing shows that it is
// protected: page and answer are those of somebody whose address nobody knows.
func TestAProtectedAddressIsToldToNobody(t *testing.T) {
	rp := landlord(clinic())
	w := hubtest.New(t, hubtest.WithRPs(rp), hubtest.WithSettings(oftenHeard), hubtest.WithSettings(addressByProfile))
	if err := w.Country.Profile.Switches.Set("claims", `{"address":{"formatted":"Kryjówka 7, Nowa Wola","country":"PL"}}`); err != nil {
		t.Fatal(err)
	}
	before := rp.Exchange(rp.Login(w.Browser(t), "ordinary", "scope", "openid address:residence offline_access").Code())
	if got := rp.Userinfo(before.Text("access_token")).Status; got != http.StatusOK {
		t.Fatalf("before: %d", got)
	}
	w.Country.Registers.Protect("ordinary")
	hubtest.Await(t, "what was told before has ended", func() bool {
		return rp.Userinfo(before.Text("access_token")).Status == http.StatusUnauthorized
	})
	everything := []string{"scope", "openid address:residence address register", "claims", asking("family_name", "resident_in:PL"), "prompt", "login consent"}
	tell := func(person string) (string, map[string]any) {
		b := w.Browser(t)
		page := through(b, rp, "trusted-profile", person, everything...)
		for _, id := range page.IDs("attr-") {
			b.Tick(id)
		}
		return page.Text(), rp.Userinfo(rp.Exchange(rp.Answered(b.Click("approve")).Code()).Text("access_token")).JSON
	}
	shown, told := tell("ordinary")
	written, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"Wiśniowa", "Kryjówka", "rotected", "resident"} {
		if strings.Contains(shown, word) || strings.Contains(string(written), word) {
			t.Errorf("%q stands on the page or in %s:\n%s", word, written, shown)
		}
	}
	if err := w.Country.Profile.Switches.Set("claims", ""); err != nil {
		t.Fatal(err)
	}
	other, _ := tell("changed-number") // has no address anywhere, and nobody knows how to reach them
	alike := strings.NewReplacer("Odmienny-Próbny", "Brzeziński-Testowy", "E-mail address, Phone number, ", "")
	if diff := cmp.Diff(alike.Replace(other), alike.Replace(shown)); diff != "" {
		t.Errorf("the page shows that there is an address:\n%s", diff)
	}
}

// As long as the register that could protect it does not answer, no means' word for an address is told.
func TestAnAddressOfAMeansWaitsForTheRegister(t *testing.T) {
	rp := landlord(clinic())
	w := hubtest.New(t, hubtest.WithRPs(rp), hubtest.WithSettings(addressByProfile))
	if err := w.Country.Profile.Switches.Set("claims", `{"address":{"formatted":"Kryjówka 7, Nowa Wola","country":"PL"}}`); err != nil {
		t.Fatal(err)
	}
	rp.Login(w.Browser(t), "ordinary") // known from here on
	if err := w.Country.Registers.Switches.Set("down", "person"); err != nil {
		t.Fatal(err)
	}
	page := through(w.Browser(t), rp, "trusted-profile", "ordinary", "scope", "openid address", "claims", asking("family_name"), "prompt", "login consent")
	if !page.Has("approve") || strings.Contains(page.Text(), "Kryjówka") {
		t.Errorf("the register is silent:\n%s", page.Text())
	}
}

// addressByProfile lets the trusted profile's word for an address count.
func addressByProfile(settings map[string]any) {
	for _, one := range settings["connectors"].([]any) {
		if profile := one.(map[string]any); profile["id"] == "trusted-profile" {
			profile["settings"].(map[string]any)["attribute_map"].(map[string]any)["address"] = "address"
		}
	}
}
