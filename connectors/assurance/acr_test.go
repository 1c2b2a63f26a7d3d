package assurance

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors/identity"
)

func notified() Names {
	return Names{Aliases: map[string]identity.Level{"low": low, "eidas1": low, "substantial": substantial, "broken": none}}
}

func ours() Names { return Names{Base: "https://login.nowawola.example/level/"} }

func TestNames_Parse(t *testing.T) {
	for _, c := range []struct {
		story string
		names Names
		acr   string
		want  identity.Level
	}{
		{"canonical", notified(), "http://eidas.europa.eu/LoA/high", high},
		{"alias", notified(), "eidas1", low},
		{"alias of none", notified(), "broken", none},
		{"https is another name", notified(), "https://eidas.europa.eu/LoA/high", none},
		{"case counts", notified(), "LOW", none},
		{"none is not a level to ask for", notified(), "http://eidas.europa.eu/LoA/none", none},
		{"empty", notified(), "", none},
		{"own base", ours(), "https://login.nowawola.example/level/high", high},
		{"an installation that is not notified states no notified level", ours(), "http://eidas.europa.eu/LoA/high", none},
	} {
		if got, known := c.names.Parse(c.acr); got != c.want || known != (c.want != none) {
			t.Errorf("%s: %s %t", c.story, got, known)
		}
	}
}

func TestNames_Lowest(t *testing.T) {
	for _, c := range []struct {
		story  string
		values []string
		want   identity.Level
	}{
		{"the lowest named is the minimum", []string{EIDAS + "high", "eidas1", "substantial"}, low},
		{"unknown ones are ignored", []string{"urn:x", EIDAS + "high"}, high},
		{"only unknown ones", []string{"urn:x", ""}, none},
		{"none", nil, none},
	} {
		if got, known := notified().Lowest(c.values); got != c.want || known != (c.want != none) {
			t.Errorf("%s: %s %t", c.story, got, known)
		}
	}
}

func TestAttack_LA_04_acr_reports_what_was_reached_never_what_was_asked(t *testing.T) {
	for _, names := range []Names{notified(), ours()} {
		for _, reached := range append(identity.Levels(), none) {
			for _, asked := range [][]string{nil, {EIDAS + "high"}, {"low", "substantial"}, {"eidas1", "low"}, names.Supported(), {"urn:x"}} {
				got := names.Report(reached, asked)
				if level, _ := names.Parse(got); level != reached {
					t.Errorf("reached %s, asked %q: %q", reached, asked, got)
				}
			}
		}
	}
	if got := notified().Report(low, []string{"urn:x", "eidas1", "low"}); got != "eidas1" {
		t.Errorf("the party's own name: %q", got)
	}
	if got := notified().Report(substantial, []string{"low"}); got != EIDAS+"substantial" {
		t.Errorf("more than asked has its canonical name: %q", got)
	}
}

func TestNames_Supported(t *testing.T) {
	want := []string{EIDAS + "low", EIDAS + "substantial", EIDAS + "high", "eidas1", "low", "substantial"}
	if diff := cmp.Diff(want, notified().Supported()); diff != "" {
		t.Error(diff)
	}
}
