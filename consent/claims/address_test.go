package claims

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors/identity"
)

func residentOf(kind identity.SourceKind) identity.Attributes {
	return identity.Attributes{
		said(kind, "address", `{"street_address":"Wiśniowa 1947/12","postal_code":"99-871","locality":"Nowa Wola","country":"PL"}`),
		said(kind, "address_type", `"permanent"`), said(kind, "address_valid_from", `"2014-09-01"`),
	}
}

// levels.md §3: the scope address:residence brings what the register says of the address; the standard's
// scope address brings what the standard has, and nothing else.
func TestAnAddressWithWhatTheRegisterSaysOfIt(t *testing.T) {
	person := residentOf(identity.FromRegister)
	told := recorded(t, "", person).Tell(UserInfo, []string{"address:residence"})
	if told["address_type"] != "permanent" || told["address_valid_from"] != "2014-09-01" || told["address"] == nil {
		t.Errorf("told %v", told)
	}
	if told := recorded(t, "", person).Tell(UserInfo, []string{"address"}); len(told) != 1 || told["address"] == nil {
		t.Errorf("the scope address tells %v", told)
	}
	known := Known(residentOf(identity.FromMeans), noon())
	if has(known, "address_type") || has(known, "address_valid_from") || !has(known, "address") {
		t.Error("a means' word for how somebody is registered is taken")
	}
}

// levels.md §3: a protected address is told to nobody, whoever tells it, and nothing that follows from it
// either; it looks as if nobody knew it.
func TestAProtectedAddressIsAsIfNobodyKnewIt(t *testing.T) {
	person := append(residentOf(identity.FromRegister), residentOf(identity.FromMeans)...)
	person = append(person, register("family_name", `"Brzeziński-Testowy"`), register(identity.AddressProtected, `true`))
	want := Known(identity.Attributes{register("family_name", `"Brzeziński-Testowy"`)}, noon())
	got := Known(person, noon())
	shape := func(known identity.Attributes) (lines []string) {
		for _, a := range known {
			lines = append(lines, string(a.Name)+" "+string(a.Value.Reveal()))
		}
		return lines
	}
	if diff := cmp.Diff(shape(want), shape(got)); diff != "" {
		t.Error(diff)
	}
	written, err := json.Marshal(recorded(t, `{"userinfo":{"resident_in:PL":null,"register_address":null,"address_protected":null}}`, person).
		Tell(UserInfo, []string{"address:residence", "address", "register", "predicates"}))
	if err != nil || strings.Contains(string(written), "Wola") || strings.Contains(string(written), "resident") || strings.Contains(string(written), "protected") {
		t.Errorf("told %s, %v", written, err)
	}
	if _, known := Lookup(identity.AddressProtected); known {
		t.Error("whether an address is protected is a claim")
	}
	if known := Known(append(residentOf(identity.FromMeans), means(identity.AddressProtected, `true`)), noon()); !has(known, "address") {
		t.Error("a means protects an address")
	}
}
