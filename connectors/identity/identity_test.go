package identity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLevel(t *testing.T) {
	if None.Satisfies(None) || Low.Satisfies(Substantial) || !High.Satisfies(Low) || !Low.Satisfies(None) {
		t.Error("none satisfies nothing; the others satisfy what is not above them")
	}
	if Least() != None || Least(High, Low, Substantial) != Low {
		t.Error("the least of nothing is none")
	}
	for _, l := range append(Levels(), None) {
		text, _ := l.MarshalText()
		back := High
		if err := back.UnmarshalText(text); err != nil || back != l {
			t.Errorf("%s: %s %v", l, back, err)
		}
	}
	for _, name := range []string{"", "HIGH", "3", "highest", "low "} {
		if l, err := ParseLevel(name); err == nil || l != None {
			t.Errorf("%q: %s", name, l)
		}
	}
	if Level(9).String() != "none" {
		t.Error("a level that does not exist is none")
	}
}

func TestParseIdentifier(t *testing.T) {
	for _, good := range []string{"PNOPL-87022290019", "PNOPL-80030990173", "IDCPL-ZZP100001", "PASMA-X-1", "LOCPL-7", "PNODE-anything"} {
		if id, err := ParseIdentifier(good); err != nil || id.Reveal() != good {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "-", "PNOPL", "PNOPL-", "PNOPL87022290019", "PNO-87022290019", "PNOPL-87022290018", "PNOPL-8702229001", "PNOPL-870222900190",
		"PNOPL-8702229001x", "PNOPL-٨٧٠٢٢٢٩٠٠١٩", "PNOPL- 8702229001", "LOCPL-" + strings.Repeat("7", 65),
	} {
		if _, err := ParseIdentifier(bad); err == nil {
			t.Errorf("%q: taken", bad)
		} else if strings.Contains(err.Error(), "8702229001") {
			t.Errorf("the error tells the number: %v", err)
		}
	}
}

func TestValidPESEL_finds_every_wrong_digit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		right := []byte("87022290019")
		at, digit := rapid.IntRange(0, 10).Draw(t, "at"), byte('0'+rapid.IntRange(0, 9).Draw(t, "digit"))
		same := right[at] == digit
		right[at] = digit
		if ValidPESEL(string(right)) != same {
			t.Fatalf("digit %d", at)
		}
	})
}

func sample() Attributes {
	at := time.Date(2026, 11, 24, 12, 0, 0, 123000, time.UTC)
	return Attributes{
		{Name: "given_name", Value: Text("Konstanty"), Source: Source{FromMeans, "bank"}, VerifiedAt: at},
		{
			Name: "given_name", Value: Text("Konstanty Maria"), Source: Source{FromRegister, "register"}, VerifiedAt: at,
			Language: "pl", Forms: []Form{{"ar", Text("قسطنطين")}},
		},
		{Name: "address", Value: Raw(json.RawMessage(`{"locality":"Nowa Wola"}`)), Source: Source{FromMeans, "bank"}, VerifiedAt: at},
	}
}

func TestValues_hide_themselves_however_they_are_printed(t *testing.T) {
	id, err := ParseIdentifier("PNOPL-87022290019")
	if err != nil {
		t.Fatal(err)
	}
	person := Authentication{Subject: Hide("subject-7"), Identifiers: []Identifier{id}, Attributes: sample()}
	marshalled, _ := json.Marshal(person)
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "auth", person, "value", Text("Konstanty"), "secret", Hide("subject-7"))
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "auth", person, "value", Text("Konstanty"), "secret", Hide("subject-7"))
	for how, text := range map[string]string{
		"%v": fmt.Sprintf("%v", person), "%+v": fmt.Sprintf("%+v", person), "%#v": fmt.Sprintf("%#v", person), "%s": fmt.Sprintf("%s", person.Attributes),
		"%q": fmt.Sprintf("%q", person.Attributes), "%x": fmt.Sprintf("%x", person.Subject),
		"pointer": fmt.Sprintf("%v %+v", &person.Attributes[0], &person.Identifiers[0]), "JSON": string(marshalled), "logs": logged.String(),
		"person": fmt.Sprintf("%v", PersonID{1}),
	} {
		for _, private := range []string{"Konstanty", "87022290019", "subject-7", "Nowa Wola", "0101", "7375626a656374"} {
			if strings.Contains(text, private) {
				t.Errorf("%s tells %q: %s", how, private, text)
			}
		}
	}
}

func TestAttributes_find_the_registers_first(t *testing.T) {
	for _, as := range []Attributes{sample(), {sample()[1], sample()[0]}} {
		if a, ok := as.Find("given_name"); !ok || a.Value.RevealText() != "Konstanty Maria" {
			t.Errorf("%v", a.Source)
		}
	}
	if _, ok := sample().Find("email"); ok {
		t.Error("found what is not there")
	}
}

func TestAttributes_expose_and_unseal(t *testing.T) {
	exposed, err := sample().Expose()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Unseal(exposed)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := back.Expose()
	if diff := cmp.Diff(string(exposed), string(again)); diff != "" {
		t.Error(diff)
	}
	if !back[0].VerifiedAt.Equal(sample()[0].VerifiedAt) {
		t.Errorf("microseconds are kept: %s", back[0].VerifiedAt)
	}
	if _, err := (Attributes{{Name: "x"}}).Expose(); err == nil {
		t.Error("an attribute without a value was written")
	}
	if _, err := Unseal([]byte(`[{"n":"given_name","v":"Konstanty"`)); err == nil || strings.Contains(err.Error(), "Konstanty") {
		t.Errorf("%v", err)
	}
	if _, err := JSON(make(chan int)); err == nil {
		t.Error("a channel is no value")
	}
}

// Nothing but a JSON string is a text, however it is escaped.
func TestTextsAreReadAsJSONReadsThem(t *testing.T) {
	for _, raw := range []string{
		`"Zofia"`, `"Żółć"`, `""`, `"a \"b\" \\ \u00e9 \ud83d\ude00"`, "\"\x7f\"", "\"\xff\"", "\"\n\"", `"a"b"`, `"a\"`, `"`, ``, `null`, `1`, `["a"]`, `{"a":"b"}`, ` "a"`, `"a" `,
	} {
		var want string
		if json.Unmarshal([]byte(raw), &want) != nil {
			want = ""
		}
		if got := Raw([]byte(raw)).RevealText(); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}
