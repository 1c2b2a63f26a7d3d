package standingtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
)

// published gives the keys that anybody can fetch.
func published(t *testing.T, w *hubtest.World) jose.JSONWebKeySet {
	t.Helper()
	page := w.Browser(t).Get(w.Issuer + "/jwks")
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(page.Body), &set); err != nil {
		t.Fatal(err)
	}
	return set
}

// Means.md R-ENR-14: of an enrolment there is a record that anybody can verify with a key that the installation
// publishes, and that says what it rests on; it holds no name and no number.
func TestR_ENR_14_TheRecordOfAnEnrolment(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at, _ := url.Parse(clerk.Page.URL.String())
		device := finish(t, w, clerk)
		hub := w.Replicas[0].Hub
		id, ok := enrolment.ParseCaseID(strings.Split(strings.TrimPrefix(at.Path, "/cases/"), "/")[0])
		if !ok {
			t.Fatalf("no case at %s", at.Path)
		}
		c, err := hub.Office().Case(t.Context(), enrolment.Actor{Member: staff.Member{}}, id)
		if err != nil || c.State != enrolment.Active {
			t.Fatalf("the case is %s, %v", c.State, err)
		}
		signed, err := jose.ParseSigned(c.Work.Record, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		header := signed.Signatures[0].Protected
		if header.ExtraHeaders[jose.HeaderType] != "enrolment-record+jwt" {
			t.Errorf("it may be taken for something else: %v", header.ExtraHeaders)
		}
		keys := published(t, w)
		found := keys.Key(header.KeyID)
		if len(found) != 1 {
			t.Fatalf("%d keys are published under its name", len(found))
		}
		payload, err := signed.Verify(found[0])
		if err != nil {
			t.Fatalf("it does not verify: %v", err)
		}
		parts := strings.Split(c.Work.Record, ".")
		forged := strings.Replace(string(payload), `"level":"`, `"level":"x`, 1)
		if bad, err := jose.ParseDetached(parts[0]+".."+parts[2], []byte(forged), []jose.SignatureAlgorithm{jose.ES256}); err != nil {
			t.Fatal(err)
		} else if err := bad.DetachedVerify([]byte(forged), found[0]); err == nil {
			t.Error("another record verifies with its signature")
		}
		var r enrolment.Record
		if err := json.Unmarshal(payload, &r); err != nil {
			t.Fatal(err)
		}
		credential := sha256.Sum256(device.ID())
		for name, pair := range map[string][2]string{
			"typ": {r.Type, "symbolon-enrolment"}, "case": {r.Case, c.Number}, "person": {r.Person, hub.Persons().Reference(c.Person)},
			"register": {r.Register, hex.EncodeToString(c.SnapshotHash)}, "form": {r.Form, hex.EncodeToString(c.FormHash)},
			"clerk": {r.Clerk, c.Clerk.String()}, "office": {r.Office, hubtest.RoomOffice}, "station": {r.Station, c.Station},
			"credential": {r.Key, hex.EncodeToString(credential[:])}, "document": {r.Document, "idcard"}, "basis": {r.Basis, "register"}, "mode": {r.Mode, "office"},
			"issuer": {r.Issuer, w.Issuer}, "level": {r.Level, "substantial"}, "proofing": {r.Proofing, c.Level.String()}, "aaguid": {strings.ReplaceAll(r.AAGUID, "-", ""), hex.EncodeToString(device.AAGUID[:])},
		} {
			if pair[0] != pair[1] || pair[0] == "" || pair[0] == "none" {
				t.Errorf("%s is %q, not %q", name, pair[0], pair[1])
			}
		}
		if len(r.Evidence) != len(c.Checks) || len(r.Evidence) == 0 || len(r.Register) != 64 || r.Opened != c.Opened.Unix() || r.At != c.Decided.Unix() {
			t.Errorf("evidence %v, register %q, opened %d, at %d", r.Evidence, r.Register, r.Opened, r.At)
		}
		for _, private := range []string{"Konstanty", "Brzezi", ordinary, "1987"} {
			if strings.Contains(string(payload), private) {
				t.Errorf("it says %q", private)
			}
		}
		recordedWith(t, hub.Office(), c)
	})
}

// recordedWith holds that the journal's last step names the record by its digest, so that the two prove each other.
func recordedWith(t *testing.T, o *enrolment.Office, c enrolment.Case) {
	t.Helper()
	rows, err := o.Trails.Trail(t.Context(), c.Number)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(c.Work.Record))
	if !slices.ContainsFunc(rows, func(row journal.Row) bool {
		e, err := row.Entry()
		return err == nil && e.Text("act") == string(enrolment.Activate) && e.Text("record") == hex.EncodeToString(sum[:])
	}) {
		t.Error("the journal names another record, or none")
	}
}
