package crowdtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// whole reads the stores after everybody was there: nothing is lost, nothing is doubled, nothing is half done. before
// is how many persons there were.
func whole(t *testing.T, w *hubtest.World, all []*visitor, before int) {
	t.Helper()
	for what, row := range map[string]struct {
		want  int
		query string
	}{
		"active cases":                 {many, "SELECT count(*) FROM cases WHERE state = 'active'"},
		"people of active cases":       {many, "SELECT count(DISTINCT person) FROM cases WHERE state = 'active'"},
		"cases of a person under way":  {0, "SELECT count(*) FROM cases WHERE person IS NOT NULL AND state NOT IN ('active', 'cancelled')"},
		"persons":                      {before + many, "SELECT count(*) FROM persons"},
		"persons without a number":     {0, "SELECT count(*) FROM persons p WHERE NOT EXISTS (SELECT 1 FROM identifiers i WHERE i.person = p.id)"},
		"accounts":                     {many, "SELECT count(*) FROM accounts"},
		"passkeys":                     {many, "SELECT count(*) FROM authenticators WHERE kind = 'passkey' AND state = 'active'"},
		"accounts with a passkey":      {many, "SELECT count(DISTINCT handle) FROM authenticators WHERE kind = 'passkey' AND state = 'active'"},
		"authenticators of an account": {2 * many, "SELECT count(*) FROM authenticators"}, // the passkey and the recovery codes
		"passkeys that can be found":   {many, "SELECT count(DISTINCT authenticator) FROM credential_digests"},
		"codes that may be redeemed":   {0, "SELECT count(*) FROM vouchers WHERE state NOT IN ('spent', 'burnt')"},
		"codes that were redeemed":     {many, "SELECT count(*) FROM vouchers WHERE state = 'spent'"},
		"codes given anew":             {anew(t, w), "SELECT count(*) FROM vouchers WHERE state = 'burnt'"},
	} {
		if got := hubtest.Number(t, w.Identity.Source, row.query); got != row.want {
			t.Errorf("%s: %d, not %d", what, got, row.want)
		}
	}
	if steps := steps(t, w); steps[enrolment.Activate] != many {
		t.Errorf("%d activations are on record", steps[enrolment.Activate])
	}
	records(t, w, all)
	notices(t, w, all)
}

func anew(t *testing.T, w *hubtest.World) int {
	t.Helper()
	return hubtest.Number(t, w.Identity.Source, "SELECT coalesce(sum(reissues), 0) FROM cases")
}

func persons(t *testing.T, w *hubtest.World) int {
	t.Helper()
	return hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM persons")
}

// steps counts the acts on record.
func steps(t *testing.T, w *hubtest.World) map[enrolment.Act]int {
	t.Helper()
	count := map[enrolment.Act]int{}
	for _, row := range hubtest.Query(t, w.Identity.Source, "SELECT body FROM journal WHERE kind = 'case_step'") {
		var body struct {
			Fields struct {
				Act enrolment.Act `json:"act"`
			} `json:"fields"`
		}
		if err := json.Unmarshal([]byte(row[0]), &body); err != nil {
			t.Fatal(err)
		}
		count[body.Fields.Act]++
	}
	return count
}

// counted is what stands against the clerk's day.
func counted(t *testing.T, w *hubtest.World, act staff.Act) int {
	t.Helper()
	return hubtest.Number(t, w.Identity.Source, "SELECT coalesce(sum(n), 0) FROM staff_days WHERE what = '"+string(act)+"'")
}

// records holds that of every enrolment there is one signed record that verifies, of a person of its own and of the
// key that is in this person's phone.
func records(t *testing.T, w *hubtest.World, all []*visitor) {
	t.Helper()
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(w.Browser(t).Get(w.Issuer+"/jwks").Body), &keys); err != nil {
		t.Fatal(err)
	}
	office := w.Replicas[len(w.Replicas)-1].Hub.Office()
	people := map[string]bool{}
	for _, v := range all {
		text, err := office.RecordOf(t.Context(), v.number)
		if err != nil {
			t.Errorf("%s: no record: %v", v.Key, err)
			continue
		}
		signed, err := jose.ParseSigned(text, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		found := keys.Key(signed.Signatures[0].Protected.KeyID)
		if len(found) != 1 {
			t.Fatalf("%d keys are published under a record's name", len(found))
		}
		payload, err := signed.Verify(found[0])
		var r enrolment.Record
		if err == nil {
			err = json.Unmarshal(payload, &r)
		}
		key := sha256.Sum256(v.device.ID())
		if err != nil || r.Case != v.number || r.Key != hex.EncodeToString(key[:]) || r.Person == "" || people[r.Person] {
			t.Errorf("%s: the record is of case %s, its person known before: %v, its key the phone's: %v; %v", v.Key, r.Case, people[r.Person], r.Key == hex.EncodeToString(key[:]), err)
		}
		people[r.Person] = true
	}
}

// notices holds that everybody is told once on each channel, with a reference of their own.
func notices(t *testing.T, w *hubtest.World, all []*visitor) {
	t.Helper()
	got := func() map[string][]string { // by address
		told := map[string][]string{}
		for _, m := range w.Country.Inbox.Messages() {
			if found := visit.Reference(m); found != "" {
				told[m.To] = append(told[m.To], found)
			}
		}
		return told
	}
	hubtest.Eventually(t, "everybody is told", func() bool { return len(got()) == 2*len(all) })
	told, owners := got(), map[string]string{}
	for _, v := range all {
		mail, text := told[v.Email], told[v.Phone]
		if len(mail) != 1 || len(text) != 1 || mail[0] != text[0] {
			t.Errorf("%s has %d letters and %d text messages", v.Key, len(mail), len(text))
			continue
		}
		if other := owners[mail[0]]; other != "" {
			t.Errorf("%s and %s have one reference", v.Key, other)
		}
		owners[mail[0]] = v.Key
	}
}
